"""The quotas of an OCI tenancy that freeze compartments.

One is ours when it carries the freeform tag ``managed-by: cloudledger`` and its name begins as ours
do. Names are unique in a tenancy and for good; quotas live in its root compartment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from oci.limits import models

from cloudledger.clouds.oci.budget_wire import is_ours, marked
from cloudledger.clouds.oci.clients import every
from cloudledger.clouds.oci.retry_token import once
from cloudledger.clouds.oci.told import told
from cloudledger.governance.change import AccountError, Change, Conflict, Found, same, written
from cloudledger.governance.remediation.quota import CHANGED, KIND, PREFIX

READ = "allow group <group> to read quota in tenancy"
MANAGE = "allow group <group> to manage quota in tenancy"

_AGAIN = "Plan again"


class OciQuotas:
    """The quotas of ``tenancy`` that are ours: an
    :class:`~cloudledger.governance.change.Account`.

    :param client: an ``oci.limits.QuotasClient`` that retries, of the home region.
    :param account: the configured name of the account.
    """

    def __init__(self, client: Any, account: str, tenancy: str, *, page_size: int = 100) -> None:
        self._client = client
        self._tenancy = tenancy
        self._page_size = page_size
        self._where = f"quotas of {account} ({tenancy})"

    def list(self) -> Mapping[str, Found]:
        """By name every quota of ours."""
        held = {one.name: self._found(one.id) for one in self._all() if _is_freeze(one)}
        return {name: one for name, one in held.items() if one}

    def read(self, target: str) -> Found | None:
        """One of ours."""
        id_ = self._id_of(target)
        return self._found(id_) if id_ else None

    def write(self, change: Change) -> None:
        """Create, change or delete a quota."""
        try:
            self._write(change)
        except Conflict:
            # The SDK asks again when an answer is lost, and is told of an old etag or a taken name.
            self._write(change)

    def _write(self, change: Change) -> None:
        where = f"{self._where}: {change.target}"
        id_ = self._id_of(change.target)
        there = self._found(id_) if id_ else None
        if id_ is None or there is None:
            self._make(where, change)
            return
        now = there.document
        if same(now, change.after):
            return
        if not same(now, change.before):
            raise Conflict(where, f"it is not as it was any more: {written(now)}", _AGAIN)
        etag = change.version or there.version
        with self._changing(where, id_):
            if change.after is None:
                self._client.delete_quota(id_, if_match=etag)
            else:
                fields = {name: change.after[name] for name in CHANGED}
                details = models.UpdateQuotaDetails(**fields)
                self._client.update_quota(id_, details, if_match=etag)

    def _make(self, where: str, change: Change) -> None:
        """Of what is not there: nothing has to be done where that is wanted."""
        wanted = change.after
        if wanted is None:
            return
        if change.before is not None:
            raise Conflict(where, "it is gone, or its marker tag is", _AGAIN)
        if any(one.name == wanted["name"] for one in self._all()):
            raise AccountError(
                where,
                "a quota of that name is there, and not ours",
                "Rename it or delete it, if nobody needs it",
            )
        details = models.CreateQuotaDetails(
            compartment_id=self._tenancy,
            name=wanted["name"],
            description=wanted["description"],
            statements=list(wanted["statements"]),
            freeform_tags=marked({}, ours=True),
        )
        with told(where, MANAGE):
            once(
                lambda each: self._client.create_quota(details, opc_retry_token=each),
                change.token,
            )

    def _all(self) -> Sequence[Any]:
        with told(self._where, READ):
            return every(self._client.list_quotas, self._tenancy, limit=self._page_size)

    def _id_of(self, target: str) -> str | None:
        ours = [one.id for one in self._all() if one.name == target and _is_freeze(one)]
        return ours[0] if ours else None

    def _found(self, id_: str) -> Found | None:
        """The quota now; None when it was deleted a moment ago."""
        try:
            with told(self._where, READ):
                answer = self._client.get_quota(id_)
        except AccountError as error:
            if self._is_gone(id_, error):
                return None
            raise
        held = answer.data
        document = {
            "kind": KIND,
            "name": held.name,
            "description": held.description,
            "statements": list(held.statements),
        }
        return Found(document, answer.headers["etag"])

    @contextmanager
    def _changing(self, where: str, id_: str) -> Iterator[None]:
        """As :func:`told`; but a 404 because the quota is gone is a conflict."""
        try:
            with told(where, MANAGE):
                yield
        except AccountError as error:
            if self._is_gone(id_, error):
                raise Conflict(where, "it was deleted", _AGAIN) from error
            raise

    def _is_gone(self, id_: str, error: AccountError) -> bool:
        """Whether a 404 means that; it is also how OCI refuses a call."""
        missing = getattr(error.__cause__, "status", None) == 404
        return missing and not any(one.id == id_ for one in self._all())


def _is_freeze(quota: Any) -> bool:
    return is_ours(quota) and str(quota.name).startswith(PREFIX)
