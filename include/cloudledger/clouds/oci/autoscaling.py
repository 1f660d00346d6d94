"""The autoscaling configurations of OCI compartments, governed: the bounds of their pools.

A configuration has one policy by thresholds, whose capacity and scale-out rule are its bounds; or
policies by schedule, which have none, and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oci.autoscaling import models

from cloudledger.clouds.oci.clients import every
from cloudledger.clouds.oci.told import told
from cloudledger.governance.change import AccountError, Change, Conflict, Found
from cloudledger.governance.remediation.scaling_group import (
    COUNTS,
    bounds_to_change,
    group_document,
    target_of,
)

READ = "allow group <group> to read auto-scaling-configurations in compartment <compartment>"
MANAGE = (
    "allow group <group> to manage auto-scaling-configurations in compartment <compartment>, and "
    "to manage instance-pools there"
)
WIRE = {"min": "min", "max": "max", "desired": "initial"}


class OciScalingGroups:
    """The configurations of ``compartments``: an
    :class:`~cloudledger.governance.change.Account`.

    :param client: an ``oci.autoscaling.AutoScalingClient`` that retries.
    :param scope: the configured name of what these are the groups of.
    :param governs: whether a tag's key belongs to documents.
    """

    def __init__(
        self,
        client: Any,
        scope: str,
        compartments: Sequence[str],
        governs: Callable[[str], bool],
        *,
        page_size: int = 100,
    ) -> None:
        self._client = client
        self._compartments = tuple(compartments)
        self._governs = governs
        self._page_size = page_size
        self._where = f"scaling groups of {scope}"

    def list(self) -> Mapping[str, Found]:
        """By OCID every configuration that has a policy by thresholds; without etags."""
        found = {one.id: self._configuration(one.id) for one in self._all()}
        return {
            id_: Found(self._document(one, policy))
            for id_, one in found.items()
            if one is not None and (policy := _by_thresholds(one))
        }

    def read(self, target: str) -> Found | None:
        """One configuration, with the etag of its policy."""
        looked_at = self._looked_at(target)
        if looked_at is None:
            return None
        configuration, answer = looked_at
        return Found(self._document(configuration, answer.data), answer.headers["etag"])

    def write(self, change: Change) -> None:
        """Set the capacity and the threshold of its policy, in one call."""
        try:
            self._write(change, change.version)
        except Conflict:
            # The SDK asks again when an answer is lost, and is told that the etag is an old one.
            self._write(change, None)

    def _write(self, change: Change, version: str | None) -> None:
        where = f"{self._where}: {change.target}"
        looked_at = self._looked_at(change.target)
        if looked_at is None or change.after is None:
            raise Conflict(where, "it is gone", "Plan again")
        (configuration, answer), after = looked_at, change.after
        policy = answer.data
        differing = bounds_to_change(where, self._document(configuration, policy), change)
        if not differing:
            return
        details = models.UpdateThresholdPolicyDetails(
            capacity=models.Capacity(**{WIRE[name]: after[name] for name in COUNTS})
        )
        if "target" in differing:
            details.rules = [_rule(one, after["target"]) for one in policy.rules]
        try:
            with told(where, MANAGE):
                self._client.update_auto_scaling_policy(
                    change.target,
                    policy.id,
                    details,
                    if_match=version or answer.headers["etag"],
                )
        except AccountError as error:
            if self._is_gone(change.target, error):
                raise Conflict(where, "it is gone", "Plan again") from error
            raise

    def _looked_at(self, id_: str) -> tuple[Any, Any] | None:
        """A configuration, and the answer of get_auto_scaling_policy."""
        configuration = self._configuration(id_)
        if configuration is None or configuration.compartment_id not in self._compartments:
            return None
        policy = _by_thresholds(configuration)
        if policy is None:
            return None
        try:
            with told(f"{self._where}: {id_}", READ):
                return configuration, self._client.get_auto_scaling_policy(id_, policy.id)
        except AccountError as error:
            if self._is_gone(id_, error):
                return None
            raise

    def _configuration(self, id_: str) -> Any:
        """None when there is no such configuration."""
        try:
            with told(f"{self._where}: {id_}", READ):
                return self._client.get_auto_scaling_configuration(id_).data
        except AccountError as error:
            if self._is_gone(id_, error):
                return None
            raise

    def _is_gone(self, id_: str, error: AccountError) -> bool:
        """Whether a 404 means that; it is also how OCI refuses a call."""
        missing = getattr(error.__cause__, "status", None) == 404
        return missing and not any(one.id == id_ for one in self._all())

    def _all(self) -> Sequence[Any]:
        with told(self._where, READ):
            return [
                one
                for compartment in self._compartments
                for one in every(
                    self._client.list_auto_scaling_configurations,
                    compartment,
                    limit=self._page_size,
                )
            ]

    def _document(self, configuration: Any, policy: Any) -> dict[str, Any]:
        tags = dict(configuration.freeform_tags or {})
        for space, defined in (configuration.defined_tags or {}).items():
            tags |= {f"{space}.{key}": str(value) for key, value in defined.items()}
        bounds: dict[str, Any] = {name: getattr(policy.capacity, WIRE[name]) for name in COUNTS}
        if len(out := [one for one in policy.rules if _scales_out(one)]) == 1:
            bounds["target"] = target_of(out[0].metric.threshold.value)
        enabled = configuration.is_enabled is not False and policy.is_enabled is not False
        return group_document(
            name=configuration.display_name or "",
            sub_account=configuration.compartment_id,
            tags=tags,
            governs=self._governs,
            bounds=bounds,
            fixed="" if enabled else "it is not enabled: its bounds bind nothing",
        )


def _by_thresholds(configuration: Any) -> Any:
    """Its policy by thresholds; None where it follows schedules."""
    for policy in configuration.policies:
        if policy.policy_type == "threshold" and policy.capacity is not None:
            return policy
    return None


def _scales_out(rule: Any) -> bool:
    """Whether it adds instances above a threshold; one of a query has none that could be set."""
    return rule.action.value > 0 and isinstance(rule.metric, models.Metric)


def _rule(rule: Any, target: str) -> models.UpdateConditionDetails:
    metric = rule.metric
    if _scales_out(rule):
        threshold = models.Threshold(operator=metric.threshold.operator, value=int(target))
        metric = models.Metric(
            metric_source=metric.metric_source,
            metric_type=metric.metric_type,
            pending_duration=metric.pending_duration,
            threshold=threshold,
        )
    return models.UpdateConditionDetails(
        action=rule.action, display_name=rule.display_name, metric=metric
    )
