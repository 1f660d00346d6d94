"""Faults on demand: the next requests that match are throttled, failed, refused or cut."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Fault:
    """What befalls a matching request; None matches anything.

    ``service`` and ``operation`` are botocore's names (``s3``, ``GetObject``), ``path`` a part
    of the URL's path. ``throttle`` answers as the service throttles, ``fail`` with a 5xx
    ``status``, ``deny`` with its 403. ``cut`` drops the connection: before any answer, or after
    that many bytes of the answer's body.
    """

    kind: Literal["throttle", "fail", "deny", "cut"]
    service: str | None = None
    operation: str | None = None
    path: str | None = None
    status: int = 500
    after_bytes: int | None = None

    def matches(self, service: str, operation: str, path: str) -> bool:
        return (
            self.service in (None, service)
            and self.operation in (None, operation)
            and (self.path is None or self.path in path)
        )


class Faults:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault, times: int) -> None:
        if times < 1:
            raise ValueError(f"a fault for {times} requests: ask for at least one")
        with self._lock:
            self._waiting.append((fault, times))

    def take(self, service: str, operation: str, path: str) -> Fault | None:
        """The first fault that matches, used up by one."""
        with self._lock:
            for index, (fault, times) in enumerate(self._waiting):
                if fault.matches(service, operation, path):
                    self._waiting[index : index + 1] = [(fault, times - 1)] if times > 1 else []
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[dict[str, Any]]:
        """As plain JSON values, ``times`` being how often each is still to come."""
        with self._lock:
            return [asdict(fault) | {"times": times} for fault, times in self._waiting]
