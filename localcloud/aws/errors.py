"""An error that one of our operations answers with."""

from __future__ import annotations


class ServiceError(Exception):
    """``code`` is one of the service's modelled errors."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
