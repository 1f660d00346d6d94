"""What was asked of the local AWS, for whoever wants to hold it against the models."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request, by botocore's names of its service and operation."""

    service: str
    operation: str
    body: str


class Record:
    """The newest requests, oldest first. Bodies of S3 are objects, and are left out."""

    def __init__(self, at_most: int = 10_000) -> None:
        self._asked: deque[Asked] = deque(maxlen=at_most)
        self._lock = threading.Lock()

    def add(self, service: str, operation: str, body: bytes) -> None:
        text = "" if service == "s3" else body.decode("utf-8", "replace")
        with self._lock:
            self._asked.append(Asked(service, operation, text))

    def of(self, service: str) -> list[dict[str, Any]]:
        """The requests to a service, as plain JSON values."""
        with self._lock:
            return [asdict(one) for one in self._asked if one.service == service]
