"""The Autoscaling service: configurations of instance pools and their policies, read and changed.
None is made, and nothing scales.

Source: https://docs.oracle.com/iaas/api/#/en/autoscaling/20181001/
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.documents import Document, Documents
from localcloud.oci.errors import ApiError, invalid, missing
from localcloud.oci.limits import Limits
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant
from oci.autoscaling import models

BASE = "/20181001/autoScalingConfigurations"
KIND = "autoscalingconfiguration"
POLICY = "autoscalingpolicy"
SUMMARY = frozenset(models.AutoScalingConfigurationSummary().attribute_map.values())


def rule(name: str, by: int, operator: str, value: int) -> dict[str, Any]:
    """A rule by CPU: ``by`` instances more (or fewer) once the threshold is passed."""
    return {
        "displayName": name,
        "action": {"type": "CHANGE_COUNT_BY", "value": by},
        "metric": {
            "metricSource": "COMPUTE_AGENT",
            "metricType": "CPU_UTILIZATION",
            "threshold": {"operator": operator, "value": value},
        },
    }


class Configurations:
    """The tenancy's autoscaling configurations; a policy is a document of its own."""

    def __init__(self, state: State, limits: Limits) -> None:
        self._state = state
        self._limits = limits
        self._documents = Documents(state, KIND)
        self._policies = Documents(state, POLICY)

    def plant(
        self,
        name: str,
        compartment_id: str,
        *,
        capacity: Mapping[str, int],
        rules: Sequence[Mapping[str, Any]] = (),
        freeform_tags: Mapping[str, str] | None = None,
        policy: Mapping[str, Any] | None = None,
        **other: Any,
    ) -> str:
        """The OCID of a new configuration with one policy, by thresholds unless ``policy`` says
        otherwise; ``other`` are fields of the API by their wire names.
        """
        now = instant(self._state.clock())
        body = {
            "compartmentId": compartment_id,
            "displayName": name,
            "coolDownInSeconds": 300,
            "isEnabled": True,
            "resource": {
                "type": "instancePool",
                "id": f"ocid1.instancepool.oc1..{uuid.uuid4().hex}",
            },
            "freeformTags": dict(freeform_tags or {}),
            "definedTags": {},
            "timeCreated": now,
        }
        made = self._documents.create(b"", lambda id_: body | {"id": id_} | other).id
        held = {
            "displayName": f"{name}-policy",
            "policyType": "threshold",
            "capacity": dict(capacity),
            "rules": [dict(one) | {"id": uuid.uuid4().hex} for one in rules],
            "isEnabled": True,
            "timeCreated": now,
        }
        self._policies.create(b"", lambda id_: held | dict(policy or {}) | {"id": id_}, parent=made)
        return made

    def remove(self, id_: str) -> None:
        """The configuration is gone, with its policies."""
        self._documents.delete(id_, if_match=None)

    def get(self, id_: str) -> Document:
        """With its policies, as the API tells it.

        :raises ApiError: 404.
        """
        held = self._documents.get(id_)
        policies = [one.body for one in self._policies.all(parent=id_)]
        return Document(id_, held.etag, held.body | {"policies": policies})

    def all(self) -> list[Document]:
        return self._documents.all()

    def update(self, id_: str, changes: Mapping[str, Any], if_match: str | None) -> Document:
        """:raises ApiError: 404, or 412."""
        body = self._documents.get(id_).body | dict(changes)
        self._documents.replace(id_, body, if_match=if_match)
        return self.get(id_)

    def policy(self, id_: str, policy_id: str) -> Document:
        """:raises ApiError: 404."""
        return self._policies.get(policy_id, parent=id_)

    def update_policy(
        self, id_: str, policy_id: str, changes: dict[str, Any], if_match: str | None
    ) -> Document:
        """:raises ApiError: 400, 404, or 412."""
        held = self.policy(id_, policy_id).body
        if changes["policyType"] != held["policyType"]:
            raise invalid(f"policyType: the policy is a {held['policyType']} one")
        body = held | changes
        if body["policyType"] == "threshold":
            self._check(body)
        for one in body.get("rules", ()):
            one.setdefault("id", uuid.uuid4().hex)
        return self._policies.replace(policy_id, body, if_match=if_match, parent=id_)

    def _check(self, policy: Mapping[str, Any]) -> None:
        capacity = policy["capacity"]
        low, first, high = (capacity.get(name) for name in ("min", "initial", "max"))
        if None in (low, first, high) or not 0 <= low <= first <= high:
            raise invalid("capacity: min <= initial <= max has to hold")
        if high > self._limits.pool_size:
            raise ApiError(400, "LimitExceeded", f"A pool holds {self._limits.pool_size} at most")
        out = [_value(one) for one in policy["rules"] if one["action"]["value"] > 0]
        down = [_value(one) for one in policy["rules"] if one["action"]["value"] < 0]
        if len(out) != 1 or len(down) != 1:
            raise invalid("rules: one that scales out and one that scales in")
        if not 0 < down[0] < out[0] <= 100:
            raise invalid("rules: the threshold to scale out has to be above the other")


def _value(one: Mapping[str, Any]) -> int:
    return int(one["metric"]["threshold"]["value"])


class AutoscalingRoutes:
    """The operations on ``/20181001/autoScalingConfigurations``."""

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations

    @property
    def routes(self) -> list[Route]:
        one = BASE + "/{configuration_id}"
        policy = one + "/policies/{policy_id}"
        return [
            Route(BASE, self.list_auto_scaling_configurations, methods=["GET"]),
            Route(one, self.get_auto_scaling_configuration, methods=["GET"]),
            Route(one, self.update_auto_scaling_configuration, methods=["PUT"]),
            Route(policy, self.get_auto_scaling_policy, methods=["GET"]),
            Route(policy, self.update_auto_scaling_policy, methods=["PUT"]),
        ]

    def list_auto_scaling_configurations(self, request: Request) -> Response:
        query = request.query_params
        if not query.get("compartmentId"):
            raise missing("compartmentId is required")
        wanted = {name: query[name] for name in ("compartmentId", "displayName") if name in query}
        found = [
            {name: value for name, value in one.body.items() if name in SUMMARY}
            for one in self._configurations.all()
            if all(one.body[name] == value for name, value in wanted.items())
        ]
        page = page_of(found, request)
        return JSONResponse(page.items, headers=page.headers)

    def get_auto_scaling_configuration(self, request: Request) -> Response:
        return _answer(self._configurations.get(request.path_params["configuration_id"]))

    def update_auto_scaling_configuration(self, request: Request) -> Response:
        details = body_of(request, models.UpdateAutoScalingConfigurationDetails)
        id_ = request.path_params["configuration_id"]
        return _answer(self._configurations.update(id_, details, request.headers.get("if-match")))

    def get_auto_scaling_policy(self, request: Request) -> Response:
        asked = request.path_params
        return _answer(self._configurations.policy(asked["configuration_id"], asked["policy_id"]))

    def update_auto_scaling_policy(self, request: Request) -> Response:
        details = body_of(request, models.UpdateAutoScalingPolicyDetails)
        asked = request.path_params
        return _answer(
            self._configurations.update_policy(
                asked["configuration_id"],
                asked["policy_id"],
                details,
                request.headers.get("if-match"),
            )
        )


def _answer(held: Document) -> Response:
    return JSONResponse(held.body, headers={"etag": held.etag})
