"""What policies want of groups that scale by themselves, and when they want it back."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cloudledger.governance.change import Change, Conflict, Document, Found
from cloudledger.governance.config import Governance
from cloudledger.governance.remediation.config import Remediation
from cloudledger.governance.remediation.guard import Guarded
from cloudledger.governance.remediation.planning import kinds_asked, plan_remediation
from cloudledger.governance.remediation.scaling_group import BOUNDS, is_smaller, smaller
from cloudledger.governance.remediation.triggers import over_budget
from cloudledger.governance.remediation.wishes import Occasion, Past, Seen

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 16, 20, tzinfo=UTC)
HOURS = {"kind": "outside_hours", "timezone": "UTC", "from": "07:00", "to": "19:00"}
SHOP = "ocid1.compartment.oc1..shop"
DEV = {"name": "dev", "account": "oci_main", "compartments": [SHOP]}
CAP = {
    "name": "cap",
    "kind": "autoscaling_bounds",
    "scopes": ["dev"],
    "justification": "as the owners agreed",
    "max": 3,
}
NIGHTS = CAP | {
    "name": "nights",
    "kind": "after_hours",
    "timezone": "UTC",
    "from": "07:00",
    "to": "19:00",
}
del NIGHTS["max"]


def settings(*policies: dict[str, Any], **other: Any) -> Remediation:
    told = {"enabled": True, "scopes": [DEV], "policies": list(policies)} | other
    return Remediation.model_validate(told)


def group(low: int = 1, high: int = 8, **other: Any) -> Document:
    held = {"kind": "scaling_group", "name": "web", "sub_account": SHOP, "tags": {}}
    return {**held, "min": low, "max": high, **other}


def planned(
    asked: Remediation, document: Document, at: datetime = NOON, **seen: Any
) -> tuple[dict[str, Any] | None, list[str], tuple[str, ...]]:
    found = {"dev": {"g": Found(document)}}
    changes, told = plan_remediation(asked, found, Seen(**seen), at, at_most=10)
    return (dict(changes[0].after or {}), told, changes[0].reasons) if changes else (None, told, ())


def past(policy: str, at: datetime, *bounds: dict[str, Any], verified: bool = True) -> Any:
    return {"g": [Past(policy, at, verified, None, bounds)]}


def test_a_group_that_is_larger_than_agreed_is_bounded_with_the_reason() -> None:
    after, told, reasons = planned(settings(CAP), group(desired=5))
    assert after == group(1, 3, desired=3)
    assert reasons == (
        "cap: set max from 8 to 3 and desired from 5 to 3 of web: it is larger than agreed "
        "(as the owners agreed)",
    )
    assert told == []


@pytest.mark.parametrize("document", [group(1, 3), group(0, 2), group(tags={"protected": "true"})])
def test_none_is_made_larger_and_none_that_is_protected_is_changed(document: Document) -> None:
    assert planned(settings(CAP | {"min": 1}), document)[0] is None


def test_a_higher_target_is_a_smaller_group() -> None:
    asked = settings(CAP | {"target": "70"})
    assert planned(asked, group(1, 3, target="50"))[0] == group(1, 3, target="70")
    assert planned(asked, group(1, 3, target="80"))[0] is None


def test_what_cannot_be_is_told() -> None:
    assert planned(settings(CAP), group(5, 8))[1] == [
        "cap: web: its min 5 would be above its max 3"
    ]
    asked = settings(CAP | {"desired": 1, "target": 70})
    assert planned(asked, group(1, 3))[1] == [
        "cap: web: it has no desired and no target of its own to set"
    ]
    assert planned(settings(CAP), group(fixed="EKS keeps it"))[:2] == (
        None,
        ["cap: web: EKS keeps it"],
    )


def test_instances_are_no_groups_and_groups_no_instances() -> None:
    instance = {
        "kind": "instance",
        "name": "i",
        "shape": "VM",
        "sub_account": SHOP,
        "state": "RUNNING",
        "tags": {},
    }
    assert planned(settings(CAP), instance, NIGHT)[0] is None
    assert planned(settings(NIGHTS), group(), NIGHT)[0] is None
    assert kinds_asked(settings(CAP, NIGHTS)) == {"dev": ("instance", "scaling_group")}
    assert kinds_asked(settings(NIGHTS)) == {"dev": ("instance",)}


def test_outside_of_working_hours_it_is_small_and_put_back_in_them() -> None:
    asked = settings(CAP | {"when": HOURS})
    small, large = {"min": 1, "max": 3}, {"min": 1, "max": 8}
    assert planned(asked, group(), NOON)[0] is None
    assert planned(asked, group(), NIGHT)[0] == group(1, 3)
    evening = past("cap", NOON - timedelta(hours=17), large, small)
    assert planned(asked, group(1, 3), NOON, past=evening)[0] == group()
    assert planned(asked, group(1, 4), NOON, past=evening)[0] is None, "it was changed since"
    assert planned(asked, group(1, 3), NOON)[0] is None, "somebody else made it so"
    theirs = past("other", NOON - timedelta(hours=17), large, small)
    assert planned(asked, group(1, 3), NOON, past=theirs)[0] is None
    back = past("cap", NOON - timedelta(hours=4), small, large)
    assert planned(asked, group(1, 3), NOON, past=back)[0] is None, "it was put back already"
    failed = past("cap", NOON - timedelta(hours=17), large, small, verified=False)
    assert planned(asked, group(1, 3), NOON, past=failed)[0] is None


def test_once_over_budget_it_is_small_and_put_back_when_that_is_over_and_known() -> None:
    asked = settings(CAP | {"when": {"kind": "over_budget", "percent": 90}})
    spent = {"cap": {"g": Occasion(NOON - timedelta(days=3), "95 % of the budget is spent")}}
    assert planned(asked, group(), triggered=spent)[0] == group(1, 3)
    assert planned(asked, group(), triggered={"cap": {}})[0] is None
    was = past("cap", NOON - timedelta(days=2), {"min": 1, "max": 8}, {"min": 1, "max": 3})
    assert planned(asked, group(1, 3), triggered={"cap": {}}, past=was)[0] == group()
    assert planned(asked, group(1, 3), triggered={}, past=was)[0] is None, "nothing is known"


@pytest.mark.parametrize("who", ["cap", "undo"])
def test_what_was_changed_back_rejected_or_taken_back_stays_so_for_the_month(who: str) -> None:
    asked = settings(CAP)
    for verified in (True, False):
        lately = past(who, NOON - timedelta(days=3), verified=verified)
        assert planned(asked, group(), past=lately)[0] is None
    assert planned(asked, group(), past=past(who, NOON - timedelta(days=20)))[0] is not None


COUNTS = st.integers(0, 50)


@given(
    held=st.tuples(COUNTS, COUNTS, COUNTS).map(sorted),
    target=st.integers(1, 100),
    asked=st.fixed_dictionaries(
        {},
        optional={"min": COUNTS, "max": COUNTS, "desired": COUNTS, "target": COUNTS.map(Decimal)},
    ),
)
def test_bounds_hold_together_and_no_part_is_made_larger(
    held: list[int], target: int, asked: dict[str, Any]
) -> None:
    low, desired, high = held
    document = group(low, high, desired=desired, target=str(target))
    changed, why_not = smaller(document, asked)
    after = {**document, **changed}
    assert 0 <= after["min"] <= after["desired"] <= after["max"]
    assert bool(changed) is is_smaller(document, after)
    assert all(name in BOUNDS for name in changed)
    if changed:
        assert not is_smaller(after, document)
    for name in ("min", "max", "desired"):
        assert after[name] <= document[name]
        assert name not in asked or why_not or after[name] <= max(asked[name], after["min"])


class Held:
    """An account of one group, and what was written to it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.written: list[Change] = []

    def list(self) -> dict[str, Found]:
        return {"g": Found(self.document)}

    def read(self, target: str) -> Found | None:
        return Found(self.document)

    def write(self, change: Change) -> None:
        self.written.append(change)


@pytest.mark.parametrize(
    ("there", "after", "at", "why"),
    [
        (group(), group(1, 3), NIGHT, None),
        (group(), group(1, 3), NOON, "working hours of cap"),
        (group(1, 3), group(), NOON, None),
        (group(1, 3), group(), NIGHT, "working hours of cap"),
        (group(tags={"protected": "true"}), group(1, 3), NIGHT, "protects it"),
        (group(sub_account="other"), group(1, 3), NIGHT, "not of the scope"),
    ],
)
def test_what_was_approved_is_refused_once_it_must_not_be(
    there: Document, after: Document, at: datetime, why: str | None
) -> None:
    asked = settings(CAP | {"when": HOURS})
    held = Held(there)
    guarded = Guarded(held, asked, asked.scope("dev"), lambda: at)
    change = Change("dev", "g", {**there, "tags": {}}, after, None, ("cap: set",))
    with pytest.raises(Conflict, match=why) if why else nullcontext():
        guarded.write(change)
    assert bool(held.written) is (why is None)


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (CAP | {"max": None}, "min, max, desired or target"),
        (CAP | {"min": 4}, "min <= desired <= max"),
        (CAP | {"desired": 4}, "min <= desired <= max"),
        (CAP | {"min": 2, "desired": 1}, "min <= desired <= max"),
        (CAP | {"min": -1}, "greater than or equal to 0"),
        (CAP | {"target": 0}, "greater than 0"),
        (CAP | {"justification": "short"}, "justification"),
        ({name: CAP[name] for name in CAP if name != "justification"}, "justification"),
        (CAP | {"scopes": ["prod"]}, "allow-list"),
        (CAP | {"when": {"kind": "outside_hours"}}, "timezone"),
        (CAP | {"when": HOURS | {"from": "20:00"}}, "end before they begin"),
        (CAP | {"when": {"kind": "sometimes"}}, "sometimes"),
        (CAP | {"when": {"kind": "over_budget", "budgets": ["none"]}}, "no budget none"),
        (CAP | {"target": "70.5"}, "thresholds are whole"),
    ],
)
def test_what_a_policy_of_bounds_cannot_mean_is_refused(policy: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        governance(policy)


def governance(policy: dict[str, Any]) -> Governance:
    section = {"enabled": True, "scopes": [DEV], "policies": [policy]}
    account = {
        "name": "oci_main",
        "kind": "oci",
        "conn_id": "c",
        "account_id": "t",
        "currency": "EUR",
    }
    scope = {"kind": "compartment", "value": SHOP}
    budget = {"name": "shop", "account": "oci_main", "scope": scope}
    return Governance.model_validate(
        {"accounts": [account], "budgets": [budget], "remediation": section}
    )


@pytest.mark.parametrize(
    ("when", "percent", "struck"),
    [
        ({"kind": "over_budget", "percent": 90}, "95", True),
        ({"kind": "over_budget", "percent": 90}, "85", False),
        ({"kind": "over_budget", "percent": 90, "budgets": ["shop"]}, "95", True),
        (HOURS, "95", False),
    ],
)
def test_a_budget_is_also_of_groups(when: dict[str, Any], percent: str, struck: bool) -> None:
    asked = governance(CAP | {"when": when})
    row = {
        "account": "oci_main",
        "budget_name": "shop",
        "month_day": NOON.date().replace(day=1),
        "actual_percent": Decimal(percent),
    }
    policy = asked.remediation.policies[0]
    assert policy.kind == "autoscaling_bounds"
    found = {"dev": {"g": Found(group())}}
    assert bool(over_budget(policy, [row], asked, found, NOON.date())) is struck
