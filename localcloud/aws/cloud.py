"""A running local AWS, from the same process or another: its endpoint and its admin side."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

_ROOT = "/_localcloud/"


class Cloud:
    """The local AWS at ``endpoint`` (``http://127.0.0.1:port``), which boto3 takes as it is."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.faults = CloudFaults(self)

    def put_object(self, bucket: str, key: str, data: bytes, delivered_at: datetime) -> None:
        """Puts (or overwrites) an object with that LastModified; makes the bucket."""
        query = urlencode({"delivered_at": delivered_at.isoformat()})
        self.ask("PUT", f"objects/{bucket}/{quote(key)}?{query}", data)

    def delete_object(self, bucket: str, key: str) -> None:
        self.ask("DELETE", f"objects/{bucket}/{quote(key)}")

    def load_costs(self, rows: Iterable[dict[str, Any]]) -> None:
        """Replaces the rows that Cost Explorer answers from.

        Each has ``day`` (ISO), ``unit`` (the currency), ``metrics`` (such as
        ``{"UNBLENDED_COST": "1.25"}``) and, at will, ``dimensions``, ``tags`` and
        ``cost_categories`` by name.
        """
        self.ask("PUT", "costs", json.dumps(list(rows)).encode())

    def limit_budgets(self, at_most: int) -> None:
        """An account takes no more budgets than that."""
        self.ask("PUT", "limits", json.dumps({"budgets": at_most}).encode())

    def calls(self, service: str) -> list[dict[str, str]]:
        """The newest requests to a service: ``operation`` and ``body``, oldest first."""
        asked: list[dict[str, str]] = json.loads(self.ask("GET", f"calls/{service}"))
        return asked

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """:raises ValueError: what the admin endpoint refused, and why"""
        request = Request(self.endpoint + _ROOT + path, body, method=method)
        try:
            with urlopen(request, timeout=60) as response:
                answer: bytes = response.read()
                return answer
        except HTTPError as error:
            raise ValueError(f"{method} {path}: {error.read().decode()}") from error


class CloudFaults:
    """Faults for the next ``times`` requests that match; see :class:`.faults.Fault`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def throttle(self, times: int = 1, **match: str) -> None:
        """As the service throttles: S3's 503 SlowDown, ThrottlingException elsewhere."""
        self._add("throttle", times, **match)

    def fail(self, times: int = 1, *, status: int = 500, **match: str) -> None:
        """A 5xx."""
        self._add("fail", times, status=status, **match)

    def deny(self, times: int = 1, **match: str) -> None:
        """A 403."""
        self._add("deny", times, **match)

    def cut(self, times: int = 1, *, after_bytes: int | None = None, **match: str) -> None:
        """Drops the connection, at once or after that many bytes of the answer's body."""
        self._add("cut", times, after_bytes=after_bytes, **match)

    def clear(self) -> None:
        self._cloud.ask("DELETE", "faults")

    def waiting(self) -> list[dict[str, Any]]:
        """What is still to come."""
        waiting: list[dict[str, Any]] = json.loads(self._cloud.ask("GET", "faults"))
        return waiting

    def _add(self, kind: str, times: int, **rest: object) -> None:
        self._cloud.ask(
            "POST", "faults", json.dumps({"kind": kind, "times": times, **rest}).encode()
        )
