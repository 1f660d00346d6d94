"""What every request passes: its signature, the waiting faults, and OCI's shape of an error."""

from __future__ import annotations

import re
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localcloud.oci.errors import ApiError, not_found
from localcloud.oci.faults import Fault, Faults
from localcloud.oci.signature import verify, verify_body

UNSIGNED = re.compile(r"^/_localcloud/")
BODY_NOT_SIGNED = re.compile(r"^/n/[^/]+/b/[^/]+/[ou]/")
"""PutObject and UploadPart: the SDK signs them without their bodies."""


@dataclass(frozen=True)
class Call:
    """One request as it was answered; ``body`` is empty where it was streamed."""

    method: str
    path: str
    query: str
    status: int
    body: str = ""


class Calls:
    """The newest requests, oldest first."""

    def __init__(self, at_most: int = 10_000) -> None:
        self._calls: deque[Call] = deque(maxlen=at_most)
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def matching(self, path: str = "", method: str | None = None) -> list[Call]:
        """The requests whose path the regular expression is found in."""
        with self._lock:
            return [
                c for c in self._calls if re.search(path, c.path) and method in (None, c.method)
            ]


class Gate:
    """ASGI middleware; behind it ``scope["key_id"]`` and, unless streamed, ``scope["body"]``."""

    def __init__(
        self,
        app: ASGIApp,
        keys: dict[str, RSAPublicKey],
        faults: Faults,
        calls: Calls,
        clock: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._keys = keys
        self._faults = faults
        self._calls = calls
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._calls)
        try:
            if not UNSIGNED.search(scope["path"]):
                receive = await self._authenticated(scope, receive)
                answer.fault = self._faults.take(scope["method"], scope["path"])
                _refuse(answer.fault)
            else:
                scope["body"] = await _whole(receive)
            await self._app(scope, receive, answer.send)
        except ApiError as error:
            await _error_response(error)(scope, receive, answer.send)

    async def _authenticated(self, scope: Scope, receive: Receive) -> Receive:
        method = scope["method"]
        streamed = method == "PUT" and BODY_NOT_SIGNED.search(scope["path"]) is not None
        body_signed = method in ("PUT", "POST", "PATCH") and not streamed
        target = scope["raw_path"].decode("ascii")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("ascii")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        scope["key_id"] = verify(
            method, target, headers, self._keys, self._clock(), body_signed=body_signed
        )
        if streamed:
            return receive
        scope["body"] = await _whole(receive)
        if body_signed:
            verify_body(headers, scope["body"])
        return receive


class _Answer:
    """Sends the response on: with opc-request-id, into the record, and cut where a fault says."""

    def __init__(self, scope: Scope, send: Send, calls: Calls) -> None:
        self.fault: Fault | None = None
        self._scope = scope
        self._send = send
        self._calls = calls
        self._left: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"opc-request-id", _request_id())]
            self._calls.add(
                Call(
                    self._scope["method"],
                    self._scope["path"],
                    self._scope["query_string"].decode("latin-1"),
                    message["status"],
                    self._scope.get("body", b"").decode("utf-8", "replace"),
                )
            )
            if self.fault is not None and self.fault.kind == "cut":
                self._left = self._cut_after(dict(message["headers"]))
                if self.fault.then is not None:
                    self.fault.then()
        elif self._left is not None:
            body = message.get("body", b"")[: self._left]
            self._left -= len(body)
            message = {"type": "http.response.body", "body": body, "more_body": True}
        await self._send(message)

    def _cut_after(self, headers: dict[bytes, bytes]) -> int:
        if self.fault is not None and self.fault.after is not None:
            return self.fault.after
        return int(headers.get(b"content-length", b"0")) // 2


def _refuse(fault: Fault | None) -> None:
    if fault is None or fault.kind == "cut":
        return
    if fault.kind == "deny":
        raise not_found("the user may not do this")
    if fault.kind == "throttle":
        raise ApiError(429, "TooManyRequests", "The request rate is above the tenancy's limit")
    code = "ServiceUnavailable" if fault.status == 503 else "InternalServerError"
    raise ApiError(fault.status, code, "An internal server error occurred")


def _error_response(error: ApiError) -> Response:
    return JSONResponse({"code": error.code, "message": error.message}, error.status)


def _request_id() -> bytes:
    return uuid.uuid4().hex.upper().encode()


async def _whole(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
