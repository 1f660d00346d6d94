"""Failures on demand for the next n matching requests: throttled, failed, denied, cut off."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Fault:
    """What happens to the next ``left`` requests whose path the pattern is found in."""

    kind: Literal["throttle", "fail", "deny", "cut"]
    left: int
    path: str
    method: str | None
    status: int
    after: int | None
    then: Callable[[], object] | None = None


class Faults:
    """The failures that wait for their requests; the oldest that matches is used up first.

    ``path`` is a regular expression searched in the unquoted path; ``method`` None is any.
    """

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def throttle(self, count: int = 1, *, path: str = "", method: str | None = None) -> None:
        """429 TooManyRequests."""
        self._add(Fault("throttle", count, path, method, 429, None))

    def fail(
        self, count: int = 1, *, path: str = "", method: str | None = None, status: int = 500
    ) -> None:
        """500 InternalServerError, 503 ServiceUnavailable, or another 5xx."""
        self._add(Fault("fail", count, path, method, status, None))

    def deny(self, count: int = 1, *, path: str = "", method: str | None = None) -> None:
        """404 NotAuthorizedOrNotFound, as for a user whose policies do not allow the operation."""
        self._add(Fault("deny", count, path, method, 404, None))

    def cut(
        self,
        count: int = 1,
        *,
        path: str = "",
        method: str | None = None,
        after: int | None = None,
        then: Callable[[], object] | None = None,
    ) -> None:
        """The connection ends after ``after`` bytes of the body; None is half of it.

        ``then`` is called once the answer has begun, to change the world behind the reader's back.
        """
        self._add(Fault("cut", count, path, method, 0, after, then))

    def clear(self) -> None:
        """No failure waits any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The failure that this request meets, if one does."""
        with self._lock:
            for fault in self._waiting:
                if fault.method in (None, method) and re.search(fault.path, path):
                    fault.left -= 1
                    if not fault.left:
                        self._waiting.remove(fault)
                    return fault
        return None

    def _add(self, fault: Fault) -> None:
        if fault.left < 1:
            raise ValueError(f"a fault must meet at least one request, not {fault.left}")
        if fault.kind == "fail" and not 500 <= fault.status <= 599:
            raise ValueError(f"a failure is a 5xx, not {fault.status}")
        re.compile(fault.path)
        with self._lock:
            self._waiting.append(fault)
