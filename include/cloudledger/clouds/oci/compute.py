"""The compute instances of OCI compartments, governed: powered, resized, and tagged with freeform
tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import oci
from oci.core import models

from cloudledger.clouds.oci.clients import every
from cloudledger.clouds.oci.retry_token import token_of
from cloudledger.clouds.oci.told import told
from cloudledger.governance.change import (
    AccountError,
    Change,
    Conflict,
    Found,
    Unfinished,
)
from cloudledger.governance.remediation.instance import (
    RUNNING,
    SETTLED,
    instance_document,
    size_of,
    tag_steps,
    to_change,
)

READ = "allow group <group> to read instances in compartment <compartment>"
USE = "allow group <group> to use instances in compartment <compartment>"

GONE = ("TERMINATING", "TERMINATED")
POLL_SECONDS = 10


class OciInstances:
    """The instances of ``compartments``: an :class:`~cloudledger.governance.change.Account`.

    :param client: an ``oci.core.ComputeClient`` that retries.
    :param scope: the configured name of what these are the instances of.
    :param governs: whether a tag's key belongs to documents.
    :param wait_seconds: how long an instance in transition is waited for.
    """

    def __init__(
        self,
        client: Any,
        scope: str,
        compartments: Sequence[str],
        governs: Callable[[str], bool],
        *,
        wait_seconds: int = 45,
        page_size: int = 100,
    ) -> None:
        self._client = client
        self._compartments = tuple(compartments)
        self._governs = governs
        self._wait_seconds = wait_seconds
        self._page_size = page_size
        self._where = f"instances of {scope}"

    def list(self) -> Mapping[str, Found]:
        """By OCID every instance that is not terminated; without etags, which no list has."""
        return {one.id: Found(self._document(one)) for one in self._all()}

    def read(self, target: str) -> Found | None:
        """One instance, once it is not in transition any more.

        :raises Unfinished: it is in transition still.
        """
        answer = self._settled(target)
        if answer is None or answer.data.lifecycle_state in GONE:
            return None
        return Found(self._document(answer.data), answer.headers["etag"])

    def write(self, change: Change) -> None:
        """Tag the instance, then resize it, or begin to stop or start it."""
        try:
            self._write(change, change.version)
        except Conflict:
            # The SDK asks again when an answer is lost, and is told that the etag is an old one.
            self._write(change, None)

    def _write(self, change: Change, version: str | None) -> None:
        where = f"{self._where}: {change.target}"
        answer = self._settled(change.target)
        if answer is None or answer.data.lifecycle_state in GONE or change.after is None:
            raise Conflict(where, "it is gone", "Plan again")
        now, after = self._document(answer.data), change.after
        differing = to_change(where, now, change)
        if "shape" in differing or ("size" in differing and "size" not in after):
            raise Conflict(where, "its shape is another one", "Plan again")
        etag = version or answer.headers["etag"]
        if "tags" in differing:
            put, removed = tag_steps(now["tags"], after["tags"])
            kept = {
                key: value
                for key, value in (answer.data.freeform_tags or {}).items()
                if key not in removed
            }
            details = models.UpdateInstanceDetails(freeform_tags=kept | put)
            changed = self._call(
                where,
                change.target,
                lambda: self._client.update_instance(change.target, details, if_match=etag),
            )
            etag = changed.headers["etag"]
        if "size" in differing:
            self._resize(where, change.target, after["size"], etag)
        if "state" in differing:
            action = "START" if after["state"] == RUNNING else "SOFTSTOP"
            self._call(
                where,
                change.target,
                lambda: self._client.instance_action(
                    change.target,
                    action,
                    opc_retry_token=token_of(change.token, etag),
                    if_match=etag,
                ),
            )

    def _resize(self, where: str, id_: str, size: Mapping[str, str], etag: str) -> None:
        """A running instance is rebooted for it.

        :raises Unfinished: OCI took it, and is at it still.
        """
        details = models.UpdateInstanceDetails(
            shape_config=models.UpdateInstanceShapeConfigDetails(
                ocpus=float(size["ocpus"]), memory_in_gbs=float(size["memory_gb"])
            )
        )
        self._call(where, id_, lambda: self._client.update_instance(id_, details, if_match=etag))
        answer = self._settled(id_)
        if answer is not None and _size(answer.data) != size:
            raise Unfinished(where, "it is of its old size still", "It is looked at again")

    def _call(self, where: str, id_: str, call: Callable[[], Any]) -> Any:
        """As :func:`told`; but a 404 because the instance is gone is a conflict."""
        try:
            with told(where, USE):
                return call()
        except AccountError as error:
            if self._is_gone(id_, error):
                raise Conflict(where, "it is gone", "Plan again") from error
            raise

    def _settled(self, id_: str) -> Any:
        """The answer of get_instance out of transition; None when there is no such instance."""
        where = f"{self._where}: {id_}"
        try:
            with told(where, READ):
                return oci.wait_until(
                    self._client,
                    self._client.get_instance(id_),
                    evaluate_response=lambda got: got.data.lifecycle_state in (*SETTLED, *GONE),
                    fetch_func=lambda response: self._client.get_instance(id_),
                    max_wait_seconds=self._wait_seconds,
                    max_interval_seconds=POLL_SECONDS,
                )
        except oci.exceptions.MaximumWaitTimeExceeded as error:
            raise Unfinished(
                where,
                f"it is in transition still after {self._wait_seconds} seconds",
                "It is looked at again; a soft stop may take 15 minutes",
            ) from error
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
                for one in every(self._client.list_instances, compartment, limit=self._page_size)
                if one.lifecycle_state not in GONE
            ]

    def _document(self, instance: Any) -> dict[str, Any]:
        tags = dict(instance.freeform_tags or {})
        for space, defined in (instance.defined_tags or {}).items():
            tags |= {f"{space}.{key}": str(value) for key, value in defined.items()}
        return instance_document(
            name=instance.display_name or "",
            shape=instance.shape,
            sub_account=instance.compartment_id,
            state=instance.lifecycle_state,
            tags=tags,
            governs=self._governs,
            size=_size(instance),
            fixed=_fixed(instance),
        )


def _size(instance: Any) -> dict[str, str] | None:
    """Of a flexible shape; one of burstable OCPUs is left as it is."""
    held = instance.shape_config
    if not instance.shape.endswith(".Flex") or held is None:
        return None
    if held.baseline_ocpu_utilization not in (None, "BASELINE_1_1"):
        return None
    return size_of(Decimal(str(held.ocpus)), Decimal(str(held.memory_in_gbs)))


def _fixed(instance: Any) -> str:
    """What would start another one in its place is left alone."""
    if instance.instance_configuration_id or "compute_management" in (
        instance.extended_metadata or {}
    ):
        return "it was launched from an instance configuration, as those of pools are"
    return ""
