"""The budgets of an OCI tenancy, with their alert rules.

A budget is ours when it carries the freeform tag ``managed-by: cloudledger``. Names are not unique
in OCI: the oldest of ours has its name as target, a later one its name and OCID, so that it can be
retired. What a budget is of cannot be changed: OCI has no such update.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oci.budget import models

from cloudledger.clouds.oci.budget_wire import (
    budget_document,
    budget_fields,
    check,
    check_name,
    is_ours,
    marked,
    rule_document,
    rule_fields,
)
from cloudledger.clouds.oci.clients import every
from cloudledger.clouds.oci.retry_token import once, token_of
from cloudledger.clouds.oci.told import told
from cloudledger.governance.budgets.document import steps
from cloudledger.governance.change import AccountError, Change, Conflict, Document, Found, written

READ = "allow group <group> to read usage-budgets in tenancy"
MANAGE = "allow group <group> to manage usage-budgets in tenancy"

_AGAIN = "Plan again"


@dataclass(frozen=True, slots=True)
class _Held:
    """A budget as it is now, and its rules' OCIDs with their documents."""

    id: str
    etag: str
    document: Document
    rules: tuple[tuple[str, Document], ...]
    tags: dict[str, str]


class OciBudgets:
    """The budgets of ``tenancy``: an :class:`~cloudledger.governance.change.Account`.

    :param client: an ``oci.budget.BudgetClient`` that retries.
    :param account: the configured name of the account.
    :param adopt: names of budgets that may be taken over, whoever made them.
    """

    def __init__(
        self,
        client: Any,
        account: str,
        tenancy: str,
        adopt: Collection[str] = (),
        *,
        page_size: int = 100,
    ) -> None:
        self._client = client
        self._tenancy = tenancy
        self._adopt = frozenset(adopt)
        self._page_size = page_size
        self._where = f"budgets of {account} ({tenancy})"

    def list(self) -> Mapping[str, Found]:
        """Ours, and those that may be adopted."""
        held = {target: self._held(id_) for target, id_ in self._targets(self._all()).items()}
        return {target: Found(one.document, one.etag) for target, one in held.items() if one}

    def read(self, target: str) -> Found | None:
        """One of ours, or one that may be adopted."""
        id_ = self._targets(self._all()).get(target)
        held = self._held(id_) if id_ else None
        return Found(held.document, held.etag) if held else None

    def write(self, change: Change) -> None:
        """Create, change or delete a budget; then its alert rules."""
        try:
            self._write(change)
        except Conflict:
            # The SDK asks again when an answer is lost, and is told that the etag is an old one.
            self._write(change)

    def _write(self, change: Change) -> None:
        everything = self._all()
        id_ = self._targets(everything).get(change.target)
        held = self._held(id_) if id_ else None
        where = f"{self._where}: {change.target}"
        if change.after is None:
            if held is not None:
                self._delete(where, held, change)
            return
        check(where, change.after, self._tenancy)
        if held is None:
            if change.before is not None:
                raise Conflict(where, "it is gone, or its marker tag is", _AGAIN)
            held = self._create(where, change.after, change.token, everything)
        self._update(where, held, change.before or {}, change.after, change.version)
        self._write_rules(where, held, change.before or {}, change.after)

    def _all(self) -> Sequence[Any]:
        """Every budget of the tenancy, the oldest first."""
        with told(self._where, READ):
            listed = every(
                self._client.list_budgets, self._tenancy, target_type="ALL", limit=self._page_size
            )
        return sorted(listed, key=lambda budget: (budget.time_created, budget.id))

    def _targets(self, everything: Sequence[Any]) -> dict[str, str]:
        """By target its OCID. A name is adopted when it names one budget, and a monthly one."""
        targets: dict[str, str] = {}
        for budget in filter(is_ours, everything):
            name = budget.display_name
            targets[name if name not in targets else f"{name} [{budget.id}]"] = budget.id
        for name in self._adopt - targets.keys():
            namesakes = [one for one in everything if one.display_name == name]
            if len(namesakes) == 1 and namesakes[0].processing_period_type != "SINGLE_USE":
                targets[name] = namesakes[0].id
        return targets

    def _held(self, id_: str) -> _Held | None:
        """The budget now; None when it was deleted a moment ago."""
        try:
            with told(self._where, READ):
                answer = self._client.get_budget(id_)
                rules = every(self._client.list_alert_rules, id_, limit=self._page_size)
        except AccountError as error:
            if self._is_gone(id_, error):
                return None
            raise
        amount = Decimal(str(answer.data.amount))
        documents = [rule_document(rule, amount) for rule in rules]
        return _Held(
            id_,
            answer.headers["etag"],
            budget_document(answer.data, documents, self._tenancy),
            tuple((rule.id, document) for rule, document in zip(rules, documents, strict=True)),
            dict(answer.data.freeform_tags or {}),
        )

    def _create(self, where: str, wanted: Document, token: str, everything: Sequence[Any]) -> _Held:
        namesakes = [one.id for one in everything if one.display_name == wanted["name"]]
        if namesakes:
            raise AccountError(
                where,
                f"budgets of that name are there, and not ours: {', '.join(namesakes)}",
                "Adopt it, if it is the only one and a monthly one; or choose another name",
            )
        check_name(where, wanted["name"])
        details = models.CreateBudgetDetails(**budget_fields(wanted, self._tenancy))
        with told(where, MANAGE):
            made = once(
                lambda each: self._client.create_budget(details, opc_retry_token=each), token
            )
        held = self._held(made.data.id)
        if held is None:
            raise Conflict(where, "it was deleted as soon as it was made", _AGAIN)
        return held

    def _update(
        self, where: str, held: _Held, before: Document, after: Document, version: str | None
    ) -> None:
        """The budget's own fields; nothing is asked for when they are as wanted."""
        now = held.document
        differing = [name for name in ("scope", "amount", "managed") if now[name] != after[name]]
        if any(now[name] != before.get(name) for name in differing):
            raise Conflict(where, f"it is not as it was any more: {written(now)}", _AGAIN)
        if "scope" in differing:
            raise AccountError(
                where,
                "OCI cannot change what a budget is of",
                "Give the wanted one another name, so that this one is retired",
            )
        if differing:
            details = models.UpdateBudgetDetails(
                amount=int(Decimal(after["amount"])),
                freeform_tags=marked(held.tags, ours=after["managed"]),
            )
            with self._changing(where, held.id):
                self._client.update_budget(held.id, details, if_match=version or held.etag)

    def _delete(self, where: str, held: _Held, change: Change) -> None:
        if not held.document["managed"]:
            raise AccountError(where, "it is not ours, and is not retired", "Adopt it first")
        with self._changing(where, held.id):
            self._client.delete_budget(held.id, if_match=change.version or held.etag)

    def _write_rules(self, where: str, held: _Held, before: Document, after: Document) -> None:
        rules = [rule for _, rule in held.rules]
        foreign = [one for one in rules if one not in [*after["rules"], *before.get("rules", ())]]
        if foreign:
            raise Conflict(where, f"somebody made the alert rule {written(foreign[0])}", _AGAIN)
        to_do = steps(rules, after["rules"])
        for place, wanted in to_do.changed:
            changed = models.UpdateAlertRuleDetails(**rule_fields(wanted))
            with self._changing(where, held.id):
                id_, etag = self._unchanged(where, held, place)
                self._client.update_alert_rule(held.id, id_, changed, if_match=etag)
        for place in to_do.removed:
            with self._changing(where, held.id):
                id_, etag = self._unchanged(where, held, place)
                self._client.delete_alert_rule(held.id, id_, if_match=etag)
        for wanted in to_do.added:
            self._add_rule(where, held.id, wanted)

    def _add_rule(self, where: str, id_: str, rule: Document) -> None:
        details = models.CreateAlertRuleDetails(**rule_fields(rule))
        with self._changing(where, id_):
            once(
                lambda each: self._client.create_alert_rule(id_, details, opc_retry_token=each),
                token_of(id_, written(rule) or ""),
            )

    def _unchanged(self, where: str, held: _Held, place: int) -> tuple[str, str]:
        """A rule's OCID, and its etag as long as it is what was listed."""
        id_, document = held.rules[place]
        answer = self._client.get_alert_rule(held.id, id_)
        if rule_document(answer.data, Decimal(held.document["amount"])) != document:
            raise Conflict(where, f"somebody changed the alert rule {id_}", _AGAIN)
        return id_, answer.headers["etag"]

    @contextmanager
    def _changing(self, where: str, id_: str) -> Iterator[None]:
        """As :func:`told`; but a 404 because the budget is gone is a conflict."""
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
        return missing and not any(budget.id == id_ for budget in self._all())
