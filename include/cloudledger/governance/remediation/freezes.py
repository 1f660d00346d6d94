"""Which compartments are to be frozen, and which freezes are over.

A freeze is a quota: nothing new is made in the compartment and in those below it, and what runs
goes on. What is protected stays free, whatever a policy or a person asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from cloudledger.governance.change import Change, Document, Found, same, written
from cloudledger.governance.remediation.compartment import Compartment, kept_free
from cloudledger.governance.remediation.config import UNDO, Remediation
from cloudledger.governance.remediation.policies import QuotaFreeze
from cloudledger.governance.remediation.quota import paths_of, quota_document, quota_name
from cloudledger.governance.remediation.wishes import Occasion, Past

QUOTAS = "/quotas"
"""What follows a scope's name where an account is that of its quotas."""

MOST_BYTES = 4000
"""Of a document: more would not be kept."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """What the tenancy of a scope holds.

    :param compartments: by OCID.
    :param quotas: by name those of ours.
    """

    compartments: Mapping[str, Compartment]
    quotas: Mapping[str, Found]


@dataclass(frozen=True, slots=True)
class Emergency:
    """What a policy is triggered for.

    :param occasions: by compartment's OCID.
    :param complete: whether everything that the policy goes by was looked at, so that what is not
        among the occasions is over.
    :param by_hand: why a person asks for it; empty where none does.
    """

    occasions: Mapping[str, Occasion] = field(default_factory=dict)
    complete: bool = False
    by_hand: str = ""


def plan_freezes(
    settings: Remediation,
    tenancies: Mapping[str, Tenancy],
    emergencies: Mapping[str, Emergency],
    past: Mapping[str, Sequence[Past]],
    at: datetime,
) -> tuple[list[Change], list[str]]:
    """The quotas that the policies want made, changed and deleted now, and what a person should
    know besides.

    :param tenancies: by scope's name.
    :param emergencies: by policy's name; one that is missing is not looked at.
    :param past: by quota's name what was done to it, or rejected, the oldest first.
    """
    changes: dict[str, Change] = {}
    problems: list[str] = []
    for policy in settings.policies:
        emergency = emergencies.get(policy.name)
        if not isinstance(policy, QuotaFreeze) or emergency is None:
            continue
        for scope in policy.scopes:
            for compartment_id in settings.scope(scope).compartments:
                asked = _Asked(settings, policy, scope, compartment_id, tenancies[scope])
                wish = _wish(asked, emergency, past.get(asked.target, ()), at)
                if isinstance(wish, str):
                    problems.append(f"{policy.name}: {wish}")
                elif wish is not None:
                    changes.setdefault(wish.target, wish)
    return list(changes.values()), problems


@dataclass(frozen=True, slots=True)
class _Asked:
    """One policy for one compartment."""

    settings: Remediation
    policy: QuotaFreeze
    scope: str
    compartment_id: str
    tenancy: Tenancy

    @property
    def target(self) -> str:
        return quota_name(self.compartment_id)

    @property
    def found(self) -> Found | None:
        return self.tenancy.quotas.get(self.target)

    def change(self, after: Document | None, told: str) -> Change:
        """With the reason why, in one line."""
        found = self.found
        reason = f"{self.policy.name}: {told} ({self.policy.justification})"
        return Change(
            self.scope + QUOTAS,
            self.target,
            found.document if found else None,
            after,
            found.version if found else None,
            (" ".join(reason.split()),),
        )


def _wish(
    asked: _Asked, emergency: Emergency, past: Sequence[Past], at: datetime
) -> Change | str | None:
    """A change; why there is none, where that is worth telling; or neither."""
    occasion = emergency.occasions.get(asked.compartment_id)
    if occasion is not None:
        if not emergency.by_hand and _had_its_turn(asked.policy, past, occasion.since):
            return None
        return _frozen(asked, occasion, emergency.by_hand)
    found = asked.found
    if found is None or not emergency.complete or not _is_own(asked.policy, found.document):
        return None
    # Asked for once a day: who wants it to stay has said so by a no.
    if _had_its_turn(asked.policy, past, datetime.combine(at.date(), time(), UTC)):
        return None
    where = ", ".join(paths_of(found.document))
    return asked.change(None, f"lift the freeze of {where}: what it was frozen for is over")


def _frozen(asked: _Asked, occasion: Occasion, by_hand: str) -> Change | str | None:
    known = asked.tenancy.compartments
    name = known[asked.compartment_id].path if asked.compartment_id in known else ""
    if why_not := kept_free(asked.settings, asked.compartment_id, known):
        return f"{name or asked.compartment_id} is not frozen: {why_not}"
    below = set(known[asked.compartment_id].below)
    below -= set(asked.settings.scope(asked.scope).compartments)
    if below and not asked.policy.children:
        return (
            f"{name} is not frozen: {len(below)} compartments below it would be, too, and are not "
            "of the scope; `children: true` of the policy lets them"
        )
    said = f"{BY_HAND}: {by_hand}" if by_hand else asked.policy.justification
    try:
        wanted = quota_document(
            asked.compartment_id,
            name,
            asked.policy.statements,
            " ".join(f"{asked.policy.name}: {said}".split()),
        )
    except ValueError as error:
        return f"{name} is not frozen: {error}"
    if len((written(wanted) or "").encode()) > MOST_BYTES:
        return f"{name} is not frozen: its statements are longer than can be kept"
    found = asked.found
    if found and found.document["statements"] == wanted["statements"]:
        return None
    also = f" and in {len(below)} compartments below it" if below else ""
    return asked.change(wanted, f"let nothing new be made in {name}{also}: {occasion.told}")


BY_HAND = "by hand"


def _is_own(policy: QuotaFreeze, document: Document) -> bool:
    """Whether the policy made it by itself: what a person asked for, a person lifts."""
    said = str(document["description"])
    return said.startswith(f"{policy.name}: ") and not said.startswith(f"{policy.name}: {BY_HAND}:")


def _had_its_turn(policy: QuotaFreeze, past: Sequence[Past], since: datetime) -> bool:
    return any(one.at >= since and one.policy in (policy.name, UNDO) for one in past)


def unfrozen(
    plan_id: str, steps: Sequence[Change], quotas: Mapping[str, Found], because: str = ""
) -> Iterator[Change | str]:
    """What takes carried-out changes of quotas back; a sentence where that cannot be.

    :param quotas: by name those of ours that are there now.
    """
    for step in steps:
        there = quotas.get(step.target)
        found = there.document if there else None
        where = ", ".join(paths_of(step.after or step.before or {}))
        if not same(found, step.after):
            yield f"the freeze of {where} was changed since: it is left alone"
            continue
        why = f": {because}" if because else ""
        reason = " ".join(f"{UNDO}: plan {plan_id} is taken back for {where}{why}".split())
        version = there.version if there else None
        yield Change(step.account, step.target, found, step.before, version, (reason,))
