"""The Compute service: instances listed, read, powered, resized and tagged. None is launched.

Source: https://docs.oracle.com/iaas/api/#/en/iaas/20160918/Instance/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.documents import TOKEN_LIFE, Document, Documents
from localcloud.oci.errors import ApiError, invalid, missing
from localcloud.oci.identity import REGION
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant, parse_instant
from oci.core import models

BASE = "/20160918/instances"
KIND = "instance"
SETTLES = "_settles"
"""Where a body says what comes of an instance in transition, and when; it is not answered."""

MOVES = {
    "START": ("STOPPED", "STARTING", "RUNNING"),
    "STOP": ("RUNNING", "STOPPING", "STOPPED"),
    "SOFTSTOP": ("RUNNING", "STOPPING", "STOPPED"),
}
UPDATES = {"displayName", "freeformTags", "definedTags", "shapeConfig"}
SIZES = {"ocpus", "memoryInGBs"}


class Instances:
    """The tenancy's instances; ``takes`` is how long one is in transition."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._documents = Documents(state, KIND)
        self.takes = timedelta(0)

    def plant(
        self,
        name: str,
        compartment_id: str,
        *,
        state: str = "RUNNING",
        freeform_tags: Mapping[str, str] | None = None,
        defined_tags: Mapping[str, Mapping[str, str]] | None = None,
        **other: Any,
    ) -> str:
        """The OCID of a new instance; ``other`` are fields of the API by their wire names."""
        body = {
            "availabilityDomain": "local:AD-1",
            "compartmentId": compartment_id,
            "displayName": name,
            "lifecycleState": state,
            "region": REGION,
            "shape": "VM.Standard.E5.Flex",
            "shapeConfig": {"ocpus": 1.0, "memoryInGBs": 16.0},
            "freeformTags": dict(freeform_tags or {}),
            "definedTags": {space: dict(tags) for space, tags in (defined_tags or {}).items()},
            "timeCreated": instant(self._state.clock()),
        }
        return self._documents.create(b"", lambda id_: body | {"id": id_} | other).id

    def remove(self, id_: str) -> None:
        """The instance is gone, as some time after it was terminated."""
        self._documents.delete(id_, if_match=None)

    def settle(self, id_: str) -> None:
        """What an instance is in transition to has come about."""
        held = self._documents.get(id_).body
        if settles := held.get(SETTLES):
            settled = settles | {"at": instant(self._state.clock())}
            self._documents.replace(id_, held | {SETTLES: settled}, if_match=None)

    def get(self, id_: str) -> Document:
        """:raises ApiError: 404."""
        return self._settled(self._documents.get(id_))

    def all(self) -> list[Document]:
        return [self._settled(one) for one in self._documents.all()]

    def update(self, id_: str, changes: dict[str, Any], if_match: str | None) -> Document:
        """A new size reboots a running instance.

        :raises ApiError: 400, 404, 409 IncorrectState, or 412.
        """
        held = self.get(id_).body
        if "shapeConfig" in changes:
            changes = changes | self._resized(held, changes["shapeConfig"])
        return self._documents.replace(id_, held | changes, if_match=if_match)

    def _resized(self, held: Mapping[str, Any], size: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := size.keys() - SIZES:
            raise invalid(f"{min(unknown)}: the local cloud resizes {', '.join(sorted(SIZES))}")
        if not held["shape"].endswith(".Flex"):
            raise invalid(f"shapeConfig: {held['shape']} is not a flexible shape")
        if any(figure <= 0 for figure in size.values()):
            raise invalid("shapeConfig: more than nothing of each")
        if held["lifecycleState"] not in ("RUNNING", "STOPPED"):
            raise ApiError(409, "IncorrectState", f"The instance is {held['lifecycleState']}")
        changed: dict[str, Any] = {"shapeConfig": held["shapeConfig"] | size}
        if held["lifecycleState"] == "RUNNING":
            settles = {"at": instant(self._state.clock() + self.takes), "state": "RUNNING"}
            changed |= {"lifecycleState": "STARTING", SETTLES: settles}
        return changed

    def act(self, id_: str, action: str, if_match: str | None, token: str | None) -> Document:
        """Begin a power action; one that came with the token before is not begun again.

        :raises ApiError: 404, 409 IncorrectState, 409 InvalidatedRetryToken, or 412.
        """
        held, asked, kind = self.get(id_), f"{id_} {action}", f"{KIND} action"
        now = self._state.clock()
        with self._state.write() as db:
            db.execute("DELETE FROM retry_token WHERE given_at < ?", (instant(now - TOKEN_LIFE),))
        used = self._state.row(
            "SELECT * FROM retry_token WHERE kind = ? AND token = ?", kind, token
        )
        if used is not None:
            if used["request"] != asked:
                raise ApiError(409, "InvalidatedRetryToken", "Another request used the token")
            return held
        before, meanwhile, after = MOVES[action]
        if held.body["lifecycleState"] == before:
            settles = {"at": instant(now + self.takes), "state": after}
            held = self.update(id_, {"lifecycleState": meanwhile, SETTLES: settles}, if_match)
        else:
            raise ApiError(
                409, "IncorrectState", f"The instance is {held.body['lifecycleState']}: no {action}"
            )
        if token:
            with self._state.write() as db:
                db.execute(
                    "INSERT INTO retry_token VALUES (?, ?, ?, ?, ?)",
                    (kind, token, asked, id_, instant(now)),
                )
        return held

    def _settled(self, held: Document) -> Document:
        settles = held.body.get(SETTLES)
        if not settles or parse_instant(settles["at"]) > self._state.clock():
            return held
        body = held.body | {"lifecycleState": settles["state"]}
        del body[SETTLES]
        return self._documents.replace(held.id, body, if_match=None)


class ComputeRoutes:
    """The operations on ``/20160918/instances``."""

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    @property
    def routes(self) -> list[Route]:
        one = BASE + "/{instance_id}"
        return [
            Route(BASE, self.list_instances, methods=["GET"]),
            Route(one, self.get_instance, methods=["GET"]),
            Route(one, self.update_instance, methods=["PUT"]),
            Route(one, self.instance_action, methods=["POST"]),
        ]

    def list_instances(self, request: Request) -> Response:
        query = request.query_params
        if not query.get("compartmentId"):
            raise missing("compartmentId is required")
        wanted = {name: query[name] for name in ("compartmentId", "displayName") if name in query}
        if "lifecycleState" in query:
            wanted["lifecycleState"] = query["lifecycleState"].upper()
        found = [
            _told(one)
            for one in self._instances.all()
            if all(one.body[name] == value for name, value in wanted.items())
        ]
        page = page_of(found, request)
        return JSONResponse(page.items, headers=page.headers)

    def get_instance(self, request: Request) -> Response:
        return _answer(self._instances.get(request.path_params["instance_id"]))

    def update_instance(self, request: Request) -> Response:
        details = body_of(request, models.UpdateInstanceDetails)
        if unknown := details.keys() - UPDATES:
            raise invalid(f"{min(unknown)}: the local cloud updates {', '.join(sorted(UPDATES))}")
        id_ = request.path_params["instance_id"]
        return _answer(self._instances.update(id_, details, request.headers.get("if-match")))

    def instance_action(self, request: Request) -> Response:
        action = request.query_params.get("action")
        if not action:
            raise missing("action is required")
        if action not in MOVES:
            raise invalid(f"action: the local cloud has {', '.join(MOVES)}, not '{action}'")
        if request.scope["body"] and json.loads(request.scope["body"]):
            raise invalid("the local cloud's actions take no details")
        return _answer(
            self._instances.act(
                request.path_params["instance_id"],
                action,
                request.headers.get("if-match"),
                request.headers.get("opc-retry-token"),
            )
        )


def _told(held: Document) -> dict[str, Any]:
    return {name: value for name, value in held.body.items() if name != SETTLES}


def _answer(held: Document) -> Response:
    return JSONResponse(_told(held), headers={"etag": held.etag})
