"""The Limits service's quotas: made, listed, changed and deleted. They bind nothing here.

Source: https://docs.oracle.com/iaas/api/#/en/limits/20181025/Quota/ and, for the statements,
https://docs.oracle.com/iaas/Content/Quotas/Concepts/quota_policy_syntax.htm
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.compartments import Compartments
from localcloud.oci.documents import Document, Documents
from localcloud.oci.errors import ApiError, invalid, missing
from localcloud.oci.identity import TENANCY
from localcloud.oci.limits import Limits
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant
from oci.limits import models

BASE = "/20181025/quotas"
SUMMARY = {wire for wire in models.QuotaSummary().attribute_map.values() if wire != "locks"}

STATEMENT = re.compile(
    r"^(?P<action>set|unset|zero)\s+[a-z0-9-]+\s+quotas?"
    r"(?:\s+(?!to\b|in\b)[\w/*-]+)?(?P<value>\s+to\s+\d+)?"
    r"\s+in\s+(?:tenancy|compartment\s+(?P<path>[\w.:-]+))(?:\s+where\s+.+)?$",
    re.IGNORECASE,
)


class QuotaRoutes:
    """The operations on ``/20181025/quotas``; quotas live in the root compartment."""

    def __init__(self, state: State, compartments: Compartments, limits: Limits) -> None:
        self._state = state
        self._compartments = compartments
        self._limits = limits
        self._quotas = Documents(state, "quota")

    @property
    def routes(self) -> list[Route]:
        one = BASE + "/{quota_id}"
        return [
            Route(BASE, self.list_quotas, methods=["GET"]),
            Route(BASE, self.create_quota, methods=["POST"]),
            Route(one, self.get_quota, methods=["GET"]),
            Route(one, self.update_quota, methods=["PUT"]),
            Route(one, self.delete_quota, methods=["DELETE"]),
        ]

    def list_quotas(self, request: Request) -> Response:
        query = request.query_params
        if not query.get("compartmentId"):
            raise missing("compartmentId is required")
        found = [
            {name: value for name, value in one.body.items() if name in SUMMARY}
            for one in self._quotas.all()
            if one.body["compartmentId"] == query["compartmentId"]
            and query.get("name", one.body["name"]) == one.body["name"]
        ]
        page = page_of(found, request)
        return JSONResponse(page.items, headers=page.headers)

    def create_quota(self, request: Request) -> Response:
        details = body_of(request, models.CreateQuotaDetails)
        if details["compartmentId"] != TENANCY:
            raise invalid("compartmentId: the local cloud keeps quotas in the root compartment")
        self._check(details["statements"])
        document = self._quotas.create(
            request.scope["body"],
            lambda id_: (
                self._new(details)
                | {
                    "id": id_,
                    "lifecycleState": "ACTIVE",
                    "timeCreated": instant(self._state.clock()),
                }
            ),
            retry_token=request.headers.get("opc-retry-token"),
        )
        return _answer(document)

    def _new(self, details: dict[str, Any]) -> dict[str, Any]:
        """:raises ApiError: 409 for a name that is there, 400 LimitExceeded."""
        held = self._quotas.all()
        if any(one.body["name"] == details["name"] for one in held):
            raise ApiError(409, "IncorrectState", f"A quota {details['name']} already exists")
        if len(held) >= self._limits.quotas:
            raise ApiError(400, "LimitExceeded", "The service limit for quotas has been reached")
        return {"freeformTags": {}, "definedTags": {}} | details

    def get_quota(self, request: Request) -> Response:
        return _answer(self._quotas.get(request.path_params["quota_id"]))

    def update_quota(self, request: Request) -> Response:
        details = body_of(request, models.UpdateQuotaDetails)
        id_ = request.path_params["quota_id"]
        if "statements" in details:
            self._check(details["statements"])
        body = self._quotas.get(id_).body | details
        return _answer(self._quotas.replace(id_, body, if_match=request.headers.get("if-match")))

    def delete_quota(self, request: Request) -> Response:
        id_ = request.path_params["quota_id"]
        self._quotas.delete(id_, if_match=request.headers.get("if-match"))
        return Response(status_code=204)

    def _check(self, statements: Iterable[str]) -> None:
        known = set(self._compartments.paths().values())
        said = list(statements)
        if not said:
            raise invalid("statements: at least one")
        for text in said:
            found = STATEMENT.match(text)
            if found is None or (found["action"].lower() == "set") != bool(found["value"]):
                raise invalid(f"statements: '{text}' is no quota statement")
            if found["path"] and found["path"] not in known:
                raise invalid(f"statements: there is no compartment {found['path']}")


def _answer(document: Document) -> Response:
    return JSONResponse(document.body, headers={"etag": document.etag})
