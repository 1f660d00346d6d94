"""What policies want of instances; and that nothing is wanted of what is protected."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
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
from cloudledger.governance.remediation.planning import plan_remediation, shortened, undone
from cloudledger.governance.remediation.triggers import Unusual, over_budget, unusual
from cloudledger.governance.remediation.wishes import Occasion, Past, Seen

NIGHT = datetime(2026, 3, 16, 20, tzinfo=UTC)
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
WHY = {"justification": "as the owners agreed"}
NIGHTS = WHY | {
    "name": "nights",
    "kind": "after_hours",
    "scopes": ["dev"],
    "timezone": "UTC",
    "from": "07:00",
    "to": "19:00",
}
IDLE = WHY | {"name": "idle", "kind": "idle", "scopes": ["dev"], "days": 3, "below_percent": 5}
FLEX = WHY | {"name": "flex", "kind": "resize", "scopes": ["dev"], "days": 3, "below_percent": 5}
SMALL = FLEX | {"ocpus": 1, "memory_gb": "8.0"}
TYPED = FLEX | {"from_types": ["t3.large"], "instance_type": "t3.small"}
OVER = WHY | {"name": "over", "kind": "over_budget", "scopes": ["dev"]}
ODD = WHY | {"name": "odd", "kind": "critical_anomaly", "scopes": ["dev"], "stop": True}
SHOP = "ocid1.compartment.oc1..shop"
DEV = {"name": "dev", "account": "oci_main", "compartments": [SHOP]}


def settings(*policies: dict[str, Any], **other: Any) -> Remediation:
    told = {"enabled": True, "scopes": [DEV], "policies": list(policies)} | other
    return Remediation.model_validate(told)


def instance(state: str = "RUNNING", *, fixed: str = "", **tags: str) -> Document:
    document = {
        "kind": "instance",
        "name": "web",
        "shape": "VM",
        "sub_account": SHOP,
        "state": state,
        "tags": tags,
    }
    return document | ({"fixed": fixed} if fixed else {})


def planned(
    asked: Remediation, document: Document, at: datetime = NIGHT, at_most: int = 10, **seen: Any
) -> tuple[dict[str, Any] | None, list[str]]:
    """What one instance is to be, None without a change; and what is told."""
    found = {"dev": {"i": Found(document)}}
    changes, told = plan_remediation(asked, found, Seen(**seen), at, at_most=at_most)
    after = changes[0].after if changes else None
    return dict(after) if after else None, told


def done(policy: str, at: datetime, *, stopped: bool | None = True, verified: bool = True) -> Any:
    return {"i": [Past(policy, at, verified, stopped)]}


def test_after_hours_one_that_runs_is_stopped_with_the_reason() -> None:
    found = {"dev": {"i": Found(instance(), "etag")}}
    ((change,), told) = plan_remediation(settings(NIGHTS), found, Seen(), NIGHT, at_most=1)
    assert change.after == instance("STOPPED")
    assert (change.account, change.target, change.version) == ("dev", "i", "etag")
    assert change.reasons == (
        "nights: stop web: it is outside of working hours (mon, tue, wed, thu, fri 07:00 to 19:00 "
        "UTC) (as the owners agreed)",
    )
    assert told == []
    assert planned(settings(NIGHTS), instance(), NOON) == (None, [])


def test_only_what_the_policy_stopped_is_started_again() -> None:
    stopped = instance("STOPPED")
    evening = NOON - timedelta(hours=17)
    asked = settings(NIGHTS)
    assert planned(asked, stopped, NOON) == (None, [])
    assert planned(asked, stopped, NOON, past=done("nights", evening))[0] == instance()
    assert planned(asked, stopped, NOON, past=done("idle", evening))[0] is None
    assert planned(asked, stopped, NOON, past=done("nights", evening, verified=False))[0] is None
    never = settings(NIGHTS | {"start": False})
    assert planned(never, stopped, NOON, past=done("nights", evening))[0] is None


@pytest.mark.parametrize("who", ["nights", "undo"])
def test_what_was_changed_back_since_stays_for_the_occasion(who: str) -> None:
    asked = settings(NIGHTS)
    for verified in (True, False):
        tonight = done(who, NIGHT - timedelta(minutes=30), verified=verified)
        assert planned(asked, instance(), past=tonight)[0] is None
    before = done(who, NIGHT - timedelta(hours=2))
    assert planned(asked, instance(), past=before)[0] == instance("STOPPED")


def test_idle_is_what_was_used_little_on_every_day_and_no_metric_is_not_idle() -> None:
    asked = settings(IDLE)
    assert planned(asked, instance(), used={"idle": {"i": [1.0, 4.9, 0.0]}})[0] is not None
    assert planned(asked, instance(), used={"idle": {"i": [1.0, 5.0, 0.0]}}) == (None, [])
    for used in ({}, {"idle": {"i": [1.0, 1.0]}}):
        after, told = planned(asked, instance(), used=used)
        assert after is None
        assert told == ["idle: web: no utilisation of each of the last 3 days, not taken for idle"]
    assert planned(asked, instance("STOPPED"), used={}) == (None, [])
    again = done("idle", NIGHT - timedelta(days=2))
    assert planned(asked, instance(), used={"idle": {"i": [0.0] * 3}}, past=again)[0] is None


def sized(ocpus: str, memory_gb: str, state: str = "RUNNING", **other: Any) -> Document:
    return {**instance(state, **other), "size": {"ocpus": ocpus, "memory_gb": memory_gb}}


LITTLE = {"flex": {"i": [1.0, 4.9, 0.0]}}


def test_what_was_used_little_is_made_smaller_and_the_reboot_is_told() -> None:
    found = {"dev": {"i": Found(sized("2", "16"), "etag")}}
    ((change,), told) = plan_remediation(settings(SMALL), found, Seen(used=LITTLE), NOON, at_most=1)
    assert change.after == sized("1", "8")
    assert change.reasons == (
        "flex: make 2 OCPUs and 16 GB 1 OCPUs and 8 GB of web: its CPU was used 4.9 % at most, by "
        "the day's mean, on each of the last 3 days; idle is below 5 %; OCI reboots it (as the "
        "owners agreed)",
    )
    assert told == []
    stopped = sized("2", "16", "STOPPED")
    assert planned(settings(SMALL), stopped, used=LITTLE)[0] == sized("1", "8", "STOPPED")


@pytest.mark.parametrize(
    "document",
    [
        sized("1", "8"),
        sized("0.5", "16"),
        sized("2", "4"),
        instance(),
        sized("2", "16", "STOPPING"),
        sized("2", "16", protected="true"),
    ],
)
def test_none_is_made_larger_nor_one_without_a_size(document: Document) -> None:
    assert planned(settings(SMALL), document, used=LITTLE) == (None, [])


def test_one_that_was_used_or_of_which_that_is_not_known_keeps_its_size() -> None:
    asked, large = settings(SMALL), sized("2", "16")
    assert planned(asked, large, used={"flex": {"i": [1.0, 5.0, 0.0]}}) == (None, [])
    after, told = planned(asked, large, used={"flex": {"i": [1.0]}})
    assert after is None
    assert "no utilisation of each" in told[0]
    back = done("undo", NIGHT - timedelta(days=1), stopped=None)
    assert planned(asked, large, used=LITTLE, past=back)[0] is None
    assert planned(asked, {**large, "fixed": "of a pool"}, used=LITTLE)[1] == [
        "flex: web: of a pool"
    ]


def test_of_a_stop_and_a_size_the_first_policy_s_is_planned() -> None:
    large = sized("2", "16")
    asked = {"used": LITTLE}
    assert planned(settings(NIGHTS, SMALL), large, **asked)[0] == sized("2", "16", "STOPPED")
    assert planned(settings(SMALL, NIGHTS), large, **asked)[0] == sized("1", "8")


def test_of_aws_only_what_is_stopped_and_of_a_named_type_is_resized() -> None:
    asked = settings(TYPED)
    large = {**instance("STOPPED"), "shape": "t3.large"}
    assert planned(asked, large, used=LITTLE)[0] == {**large, "shape": "t3.small"}
    assert planned(asked, {**large, "state": "RUNNING"}, used=LITTLE) == (
        None,
        ["flex: web: EC2 resizes only what is stopped, and it runs: `restart` is not allowed"],
    )
    restart = settings(TYPED | {"restart": "allowed"})
    running = {**large, "state": "RUNNING"}
    assert planned(restart, running, used=LITTLE)[0] == {**running, "shape": "t3.small"}
    broken = {name: part for name, part in large.items() if name != "state"}
    assert planned(restart, broken)[0] == {**broken, "state": "RUNNING"}
    assert planned(settings(NIGHTS), broken)[0] is None
    assert planned(asked, {**large, "shape": "t3.xlarge"}, used=LITTLE) == (None, [])


def test_a_trigger_tags_and_stops_only_if_it_is_said_to() -> None:
    month = NIGHT.replace(day=1, hour=0)
    triggered = {"over": {"i": Occasion(month, "120 % is spent")}, "odd": {}}
    assert planned(settings(OVER), instance(), triggered=triggered)[0] == instance(
        cost_alerted="over"
    )
    stops = settings(OVER | {"stop": True})
    assert planned(stops, instance(), triggered=triggered)[0] == instance(
        "STOPPED", cost_alerted="over"
    )
    undone_since = done("undo", NIGHT - timedelta(days=3))
    assert planned(stops, instance(), triggered=triggered, past=undone_since)[0] is None


def test_the_tag_is_taken_off_when_it_is_over_but_not_when_that_is_not_known() -> None:
    tagged = instance(cost_alerted="over")
    assert planned(settings(OVER), tagged, triggered={"over": {}})[0] == instance()
    assert planned(settings(OVER), tagged, triggered={})[0] is None
    theirs = instance(cost_alerted="somebody")
    assert planned(settings(OVER), theirs, triggered={"over": {}})[0] is None


def test_one_that_cannot_be_stopped_is_only_tagged_and_it_is_said() -> None:
    asked = settings(OVER | {"stop": True}, NIGHTS)
    triggered = {"over": {"i": Occasion(NIGHT, "spent")}}
    after, told = planned(asked, instance(fixed="it is of a pool"), triggered=triggered)
    assert after == instance(cost_alerted="over", fixed="it is of a pool")
    assert told == ["over: web: it is of a pool", "nights: web: it is of a pool"]


def test_of_two_policies_the_first_decides_and_both_are_told() -> None:
    triggered = {"over": {"i": Occasion(NIGHT, "spent")}}
    found = {"dev": {"i": Found(instance())}}
    ((change,), _) = plan_remediation(
        settings(NIGHTS, OVER), found, Seen(triggered=triggered), NIGHT, at_most=9
    )
    assert change.after == instance("STOPPED", cost_alerted="over")
    assert [one.partition(":")[0] for one in change.reasons] == ["nights", "over"]


def test_one_in_transition_waits() -> None:
    assert planned(settings(NIGHTS), instance("STOPPING"))[0] is None


def test_what_is_more_than_the_limit_waits_and_is_told() -> None:
    found = {"dev": {f"i{n}": Found(instance()) for n in range(5)}}
    changes, told = plan_remediation(settings(NIGHTS), found, Seen(), NIGHT, at_most=2)
    assert [one.target for one in changes] == ["i0", "i1"]
    assert "3 more instances wait" in told[0]


@given(st.lists(st.text(max_size=900), max_size=30))
def test_what_is_told_can_be_kept(problems: list[str]) -> None:
    told = shortened(problems)
    assert len("\n".join(told).encode()) <= 4000
    assert told == problems or told[-1].startswith("and ")


KEYS = st.sampled_from(["protected", "Protected", "environment", "Operations.Environment", "team"])
VALUES = st.sampled_from(["true", "TRUE", " prod ", "Production", "dev", "false"])
STATES = st.sampled_from(["RUNNING", "STOPPED", "STOPPING"])


class Held:
    """An account of one instance, and what was written to it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.written: list[Change] = []

    def list(self) -> dict[str, Found]:
        return {"i": Found(self.document)}

    def read(self, target: str) -> Found | None:
        return Found(self.document)

    def write(self, change: Change) -> None:
        self.written.append(change)


@given(
    tags=st.dictionaries(KEYS, VALUES),
    state=STATES,
    order=st.permutations([NIGHTS, IDLE, OVER | {"stop": True}, ODD, SMALL]),
    at=st.integers(0, 24 * 14).map(lambda n: NIGHT + timedelta(hours=n)),
    stopped=st.booleans(),
)
def test_protected_tags_win_whatever_else(
    tags: dict[str, str], state: str, order: list[dict[str, Any]], at: datetime, stopped: bool
) -> None:
    asked, document = settings(*order), sized("2", "16", state, **tags)
    occasion = {"i": Occasion(at, "it is so")}
    after, _ = planned(
        asked,
        document,
        at,
        used={"idle": {"i": [0.0] * 3}, "flex": {"i": [0.0] * 3}},
        triggered={"over": occasion, "odd": occasion},
        past=done("nights", at - timedelta(days=4), stopped=stopped),
    )
    protected = any(
        (key.casefold() == "protected" and value.casefold() == "true")
        or (
            key.casefold().rpartition(".")[2] == "environment"
            and value.strip().casefold() in ("prod", "production")
        )
        for key, value in tags.items()
    )
    if protected:
        assert after is None
    elif state == "RUNNING":
        assert after is not None
    held = Held(document)
    guarded = Guarded(held, asked, asked.scope("dev"), lambda: at)
    change = Change("dev", "i", document, instance("STOPPED", **tags), None, ("idle: stop",))
    for reasons in (("idle: stop",), ("undo: plan 1",)):
        asked_for = replace(change, reasons=reasons)
        with pytest.raises(Conflict, match="protects it") if protected else nullcontext():
            guarded.write(asked_for)
    assert bool(held.written) is not protected


@pytest.mark.parametrize(
    ("changed", "at", "why"),
    [
        ({"enabled": False}, NIGHT, "turned off"),
        ({"policies": [IDLE]}, NIGHT, "not one of the scope"),
        ({}, NOON, "working hours of nights"),
        ({"scopes": [DEV | {"tags": {"environment": "dev"}}]}, NIGHT, "not of the scope"),
    ],
)
def test_what_was_approved_is_refused_once_it_must_not_be(
    changed: dict[str, Any], at: datetime, why: str
) -> None:
    now = settings(NIGHTS, **changed)
    held = Held(instance())
    guarded = Guarded(held, now, now.scope("dev"), lambda: at)
    with pytest.raises(Conflict, match=why):
        guarded.write(Change("dev", "i", instance(), instance("STOPPED"), None, ("nights: stop",)))
    assert held.written == []


def test_a_plan_is_taken_back_where_nobody_changed_it_since() -> None:
    stop = Change("dev", "i", instance(), instance("STOPPED", cost_alerted="over"), None, ())
    there = instance("STOPPED", cost_alerted="over")
    (back,) = undone("p1", [stop], {"i": Found(there, "v2")})
    assert isinstance(back, Change)
    assert (back.before, back.after, back.version) == (there, instance(), "v2")
    assert list(undone("p1", [stop], {"i": Found(instance())})) == [
        "web was changed since: it is left alone"
    ]
    (told,) = undone("p1", [stop], {})
    assert "left alone" in str(told)


BUDGET = {"name": "shop", "account": "oci_main", "scope": {"kind": "compartment", "value": SHOP}}
ACCOUNT = {"name": "oci_main", "kind": "oci", "conn_id": "c", "account_id": "t", "currency": "EUR"}


def governance(*policies: dict[str, Any], budget: dict[str, Any] = BUDGET, **other: Any) -> Any:
    section = {"enabled": True, "scopes": [DEV], "policies": list(policies)} | other
    return Governance.model_validate(
        {"accounts": [ACCOUNT], "budgets": [budget], "remediation": section}
    )


def spent(percent: str, month: int = 3, name: str = "shop") -> dict[str, Any]:
    return {
        "account": "oci_main",
        "budget_name": name,
        "month_day": datetime(2026, month, 1, tzinfo=UTC).date(),
        "actual_percent": Decimal(percent),
    }


@pytest.mark.parametrize(
    ("row", "document", "hit"),
    [
        (spent("100"), instance(), True),
        (spent("99.9"), instance(), False),
        (spent("120", month=2), instance(), False),
        (spent("120", name="other"), instance(), False),
        (spent("120"), {**instance(), "sub_account": "elsewhere"}, False),
    ],
)
def test_a_budget_is_of_the_instances_of_its_scope(
    row: dict[str, Any], document: dict[str, Any], hit: bool
) -> None:
    asked = governance(OVER)
    policy = asked.remediation.policies[0]
    found = over_budget(policy, [row], asked, {"dev": {"i": Found(document)}}, NIGHT.date())
    assert found.keys() == ({"i"} if hit else set())
    if hit:
        assert found["i"].since == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dimensions", "hit"),
    [
        ({"resource": "i"}, True),
        ({"resource": "arn:aws:ec2:eu-central-1:1:instance/i"}, True),
        ({"resource": "j", "sub_account": SHOP}, False),
        ({"provider": "Oracle", "service": "COMPUTE", "sub_account": SHOP}, True),
        ({"provider": "AWS", "sub_account": SHOP}, False),
        ({"service": "OBJECT STORAGE", "sub_account": SHOP}, False),
        ({"service": "COMPUTE"}, False),
        ({"tag:environment": "dev", "sub_account": SHOP}, True),
        ({"tag:environment": "prod", "sub_account": SHOP}, False),
        ({}, False),
    ],
)
def test_an_anomaly_is_of_the_instances_that_it_names(dimensions: Any, hit: bool) -> None:
    asked = governance(ODD)
    found = {"dev": {"i": Found(instance(environment="dev"))}}
    one = Unusual(dimensions, NOON, "it is odd")
    triggered = unusual(asked.remediation.policies[0], [one], asked, found)
    assert triggered == ({"i": Occasion(NOON, "it is odd")} if hit else {})


@pytest.mark.parametrize(
    ("policies", "other", "why"),
    [
        ([NIGHTS | {"scopes": ["prod"]}], {}, "prod is not in the allow-list; scopes has dev"),
        ([NIGHTS | {"scopes": []}], {}, "at least 1 item"),
        ([NIGHTS | {"from": "19:00", "to": "07:00"}], {}, "end before they begin"),
        ([NIGHTS | {"from": "25:00"}], {}, "from"),
        ([NIGHTS | {"timezone": "Europe/Bärlin"}], {}, "is no time zone"),
        ([NIGHTS | {"days": ["mon", "someday"]}], {}, "days"),
        ([NIGHTS | {"days": []}], {}, "days"),
        ([NIGHTS | {"until": "20:00"}], {}, "until"),
        ([NIGHTS | {"kind": "sometimes"}], {}, "sometimes"),
        ([{**NIGHTS, "justification": "because"}], {}, "justification"),
        ([NIGHTS, NIGHTS | {"name": "again"}], {}, "has working hours already"),
        ([NIGHTS, IDLE | {"name": "nights"}], {}, "nights is given twice"),
        ([NIGHTS | {"name": "undo"}], {}, "undo is the name"),
        ([IDLE | {"below_percent": 0}], {}, "below_percent"),
        ([IDLE | {"days": 1}], {}, "days"),
        ([FLEX], {}, "a size is ocpus and memory_gb"),
        ([FLEX | {"ocpus": 1}], {}, "a size is ocpus and memory_gb"),
        ([SMALL | {"instance_type": "t3.small"}], {}, "a size is ocpus and memory_gb"),
        ([TYPED], {}, "its size is one of aws; the scope dev is not"),
        ([TYPED | {"instance_type": "t3.large"}], {}, "holds the wanted type"),
        ([SMALL | {"ocpus": 0}], {}, "ocpus"),
        ([OVER | {"budgets": ["none"]}], {}, "there is no budget none"),
        ([], {"scopes": [DEV | {"account": "no"}]}, "there is no account no"),
        ([], {"scopes": [DEV | {"compartments": []}]}, "names its compartments"),
        ([], {"scopes": [DEV | {"tags": {"Environment": ["PROD"]}}]}, "is a protected tag"),
        ([], {"scopes": [DEV, DEV]}, "dev is given twice"),
        ([], {"protected_tags": {}}, "protected_tags"),
        ([], {"limits": {"per_run": 0}}, "per_run"),
        ([], {"enabled": "perhaps"}, "enabled"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(
    policies: list[dict[str, Any]], other: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        governance(*policies, **other)


def test_a_budget_by_a_tag_that_nobody_looks_at_is_refused() -> None:
    scope = {"kind": "tag", "key": "cost_center", "cloud_key": "Fin.cost_center", "value": "1"}
    budget = {"name": "shop", "account": "oci_main", "scope": scope}
    asked = OVER | {"budgets": ["shop"]}
    with pytest.raises(ValidationError, match="trigger_tags has to name it"):
        governance(asked, budget=budget)
    assert governance(asked, budget=budget, trigger_tags="Fin.cost_center")


def test_it_is_off_by_default() -> None:
    assert Governance().remediation.enabled is False
    assert Governance().remediation.scopes == ()
