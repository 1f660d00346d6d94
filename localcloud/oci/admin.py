"""The unsigned side door, for whoever drives the local cloud from another process.

``POST /_localcloud/faults`` takes ``{"kind": "throttle" | "fail" | "deny" | "cut", "count": 1,
"path": "", "method": null, "status": 500, "after": null}``; ``DELETE /_localcloud/faults`` clears
what waits; ``GET /_localcloud/calls?path=&method=`` tells what was asked. Only from this machine.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.errors import ApiError, invalid
from localcloud.oci.faults import Faults
from localcloud.oci.gate import Calls

TAKES = {
    "throttle": {"count", "path", "method"},
    "fail": {"count", "path", "method", "status"},
    "deny": {"count", "path", "method"},
    "cut": {"count", "path", "method", "after"},
}


class AdminRoutes:
    """The operations on ``/_localcloud``."""

    def __init__(self, faults: Faults, calls: Calls) -> None:
        self._faults = faults
        self._calls = calls

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/_localcloud/faults", self.add_fault, methods=["POST"]),
            Route("/_localcloud/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_localcloud/calls", self.list_calls, methods=["GET"]),
        ]

    def add_fault(self, request: Request) -> Response:
        _only_from_here(request)
        fault = _fault(request.scope["body"])
        kind = fault.pop("kind")
        try:
            getattr(self._faults, kind)(**fault)
        except (TypeError, ValueError, re.error) as error:
            raise invalid(str(error)) from error
        return Response(status_code=204)

    def clear_faults(self, request: Request) -> Response:
        _only_from_here(request)
        self._faults.clear()
        return Response(status_code=204)

    def list_calls(self, request: Request) -> Response:
        _only_from_here(request)
        query = request.query_params
        calls = self._calls.matching(query.get("path", ""), query.get("method"))
        return JSONResponse([asdict(call) for call in calls])


def _fault(body: bytes) -> dict[str, Any]:
    try:
        fault = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "CannotParseRequest", "The body is not JSON") from error
    if not isinstance(fault, dict) or fault.get("kind") not in TAKES:
        raise invalid(f"kind: one of {', '.join(TAKES)}")
    unknown = set(fault) - TAKES[fault["kind"]] - {"kind"}
    if unknown:
        raise invalid(f"{fault['kind']} takes no {', '.join(sorted(unknown))}")
    return fault


def _only_from_here(request: Request) -> None:
    host = request.client.host if request.client else ""
    if not host or not ipaddress.ip_address(host).is_loopback:
        raise ApiError(403, "NotAuthorized", "The side door opens to this machine only")
