"""The Identity service's compartments: planted, listed and read. None is made over HTTP.

Source: https://docs.oracle.com/iaas/api/#/en/identity/20160918/Compartment/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.documents import Document, Documents
from localcloud.oci.errors import invalid, missing, not_found
from localcloud.oci.identity import TENANCY
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant

BASE = "/20160918/compartments"


class Compartments:
    """The tenancy's compartments, the root among none of them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._documents = Documents(state, "compartment")

    def plant(
        self,
        name: str,
        parent: str = TENANCY,
        *,
        state: str = "ACTIVE",
        freeform_tags: Mapping[str, str] | None = None,
        defined_tags: Mapping[str, Mapping[str, str]] | None = None,
    ) -> str:
        """The OCID of a new compartment."""
        body = {
            "compartmentId": parent,
            "name": name,
            "description": name,
            "lifecycleState": state,
            "freeformTags": dict(freeform_tags or {}),
            "definedTags": {space: dict(tags) for space, tags in (defined_tags or {}).items()},
            "timeCreated": instant(self._state.clock()),
        }
        return self._documents.create(b"", lambda id_: body | {"id": id_}).id

    def change(self, id_: str, **fields: Any) -> None:
        """Fields by their wire names: another ``name``, other ``freeformTags``."""
        body = self._documents.get(id_).body | fields
        self._documents.replace(id_, body, if_match=None)

    def get(self, id_: str) -> Document:
        """:raises ApiError: 404."""
        return self._documents.get(id_)

    def all(self) -> list[Document]:
        return self._documents.all()

    def paths(self) -> dict[str, str]:
        """By OCID ``parent:child`` of every active one, as statements name it."""
        held = {one.id: one.body for one in self.all() if one.body["lifecycleState"] == "ACTIVE"}
        return {id_: path for id_ in held if (path := _path(id_, held))}


def _path(id_: str, held: Mapping[str, Mapping[str, Any]]) -> str:
    """Empty where an ancestor is not active."""
    names: list[str] = []
    while id_ != TENANCY:
        if id_ not in held:
            return ""
        names.insert(0, held[id_]["name"])
        id_ = held[id_]["compartmentId"]
    return ":".join(names)


class CompartmentRoutes:
    """The operations on ``/20160918/compartments``."""

    def __init__(self, compartments: Compartments) -> None:
        self._compartments = compartments

    @property
    def routes(self) -> list[Route]:
        return [
            Route(BASE, self.list_compartments, methods=["GET"]),
            Route(BASE + "/{compartment_id}", self.get_compartment, methods=["GET"]),
        ]

    def list_compartments(self, request: Request) -> Response:
        query = request.query_params
        parent = query.get("compartmentId")
        if not parent:
            raise missing("compartmentId is required")
        known = {one.id for one in self._compartments.all()} | {TENANCY}
        if parent not in known:
            raise not_found(parent)
        everywhere = query.get("compartmentIdInSubtree", "false").lower() == "true"
        if everywhere and parent != TENANCY:
            raise invalid("compartmentIdInSubtree: only of the tenancy")
        found = [
            one.body
            for one in self._compartments.all()
            if (everywhere or one.body["compartmentId"] == parent)
            and query.get("name", one.body["name"]) == one.body["name"]
            and query.get("lifecycleState", one.body["lifecycleState"]).upper()
            == one.body["lifecycleState"]
        ]
        page = page_of(found, request)
        return JSONResponse(page.items, headers=page.headers)

    def get_compartment(self, request: Request) -> Response:
        held = self._compartments.get(request.path_params["compartment_id"])
        return JSONResponse(held.body, headers={"etag": held.etag})
