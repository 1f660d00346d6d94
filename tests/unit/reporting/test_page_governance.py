"""How the pages of governance word budgets and changes, and what they draw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.governance.change import Change, same
from cloudledger.reporting.page_governance import SCALE, bar, governance, rule_words, scope_words
from cloudledger.reporting.page_plan import Field, differing, plan
from cloudledger.warehouse.port import Session
from tests.support import planted_governance as planted
from tests.support.alerts import alert
from tests.support.empty_warehouse import migrated
from tests.support.planted_insights import plant


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with migrated(tmp_path / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        yield session


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({"kind": "total"}, "the whole account"),
        ({"kind": "compartment", "value": "shop"}, "compartment shop and those below it"),
        ({"kind": "account", "value": "123"}, "linked account 123"),
        ({"kind": "service", "value": "Amazon EC2"}, "service Amazon EC2"),
        ({"kind": "tag", "key": "team", "value": "shop"}, "tag team = shop"),
        ({"kind": "several", "value": "a, b"}, "several: a, b"),
    ],
)
def test_a_scope_is_told_in_words(scope: dict[str, str], words: str) -> None:
    assert scope_words(scope) == words


def test_a_rule_is_told_without_empty_decimals() -> None:
    percents = (Decimal("90." + "0" * 24), Decimal("100.50"))
    rules = zip(("ACTUAL", "FORECAST"), percents, strict=True)
    told = [rule_words({"rule_type": kind, "percent": percent}) for kind, percent in rules]
    assert told == ["90 % spent", "100.5 % foretold"]


@pytest.mark.parametrize(
    ("spent", "foretold", "drawn", "text"),
    [
        ("45", "98.26", ("45", "98.3"), "45.0 % spent, 98.2 % foretold"),
        ("99.999", None, ("100.0", None), "99.9 % spent, nothing foretold"),
        ("-3", "1234.5", ("0", "125"), "\u22123.0 % spent, 1234.5 % foretold"),
    ],
)
def test_a_bar_stays_in_its_frame_and_its_text_is_true(
    spent: str, foretold: str | None, drawn: tuple[str, str | None], text: str
) -> None:
    shown = bar(
        {
            "actual_percent": Decimal(spent),
            "forecast_percent": None if foretold is None else Decimal(foretold),
        }
    )
    assert shown is not None
    assert shown.text == text
    assert shown.spent == Decimal(drawn[0])
    assert shown.foretold == (None if drawn[1] is None else Decimal(drawn[1]))
    assert shown.spent <= SCALE


def test_without_a_look_there_is_no_bar() -> None:
    assert bar({"actual_percent": None, "forecast_percent": None}) is None


def test_only_what_differs_is_told() -> None:
    before = planted.budget_document("shop", message="a", tags={"team": "x", "kept": "1"})
    rules = [before["rules"][0], {**before["rules"][1], "percent": "110"}]
    after = {**before, "rules": rules, "managed": False, "tags": {"kept": "1", "env": "dev"}}
    after |= {"scope": {"kind": "total"}}
    del after["message"]
    assert differing(before, after) == [
        Field("managed", "yes", "no"),
        Field("message", "a", None),
        Field(
            "rules",
            "type FORECAST, percent 100.5, emails finops@example.com",
            "type FORECAST, percent 110, emails finops@example.com",
        ),
        Field("scope", "tag Finance.team = shop", "the whole account"),
        Field("tags / env", None, "dev"),
        Field("tags / team", "x", None),
    ]
    assert differing({"emails": ["a", "b"]}, {"emails": ["b", "a"]}) == [
        Field("emails", "a, b", "b, a")
    ]
    assert differing({"emails": ["a", "a"]}, {"emails": ["a"]}) == [Field("emails", "a", "nothing")]
    assert differing({"name": None}, {}) == [Field("name", "nothing", None)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "b"]),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from("xyz"), part),
    max_leaves=6,
)
DOCUMENTS = st.none() | st.dictionaries(st.sampled_from(["name", "scope", "rules"]), VALUES)


@given(before=DOCUMENTS, after=DOCUMENTS)
def test_same_documents_and_no_others_have_no_differing_field(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    assert differing(before, before) == []
    found = differing(before, after)
    assert len({field.name for field in found}) == len(found)
    if found:
        assert not same(before, after)


def test_budgets_come_worst_first_and_those_nobody_looked_at_last(session: Session) -> None:
    names = ("a none", "b unseen", "c high", "d critical", "e high too")
    planted.plant_budgets(session, *map(planted.budget_document, names))
    earlier = planted.AS_OF - planted.DAY
    planted.plant_statuses(
        session, planted.status("a none", "999", None, as_of_day=earlier.date()), at=earlier
    )
    planted.plant_statuses(
        session,
        planted.status("a none", "1", "999"),
        planted.status("c high", "760", None),
        planted.status("d critical", "950", None),
        planted.status("e high too", "800", None),
    )
    found = governance(session, {})
    assert [one.row["budget_name"] for one in found.budgets] == [
        *("d critical", "e high too", "c high", "a none", "b unseen")
    ]
    assert [len(one.rules) for one in found.budgets] == [2] * 5
    assert found.budgets[-1].bar is None
    assert found.budget_sheet.total == 5


def test_alerts_are_sorted_and_those_over_are_forgotten_after_a_week(session: Session) -> None:
    week = planted.AS_OF - 7 * planted.DAY
    high, low = alert("high"), alert("low", "low")
    ends = [alert(name) for name in ("just gone", "gone", "gone before")]
    planted.plant_alerts(session, *ends, low, at=week - 2 * planted.DAY)
    planted.plant_alerts(session, *ends[:2], low, at=week - planted.DAY)
    planted.plant_alerts(session, ends[0], low, at=week)
    planted.plant_alerts(session, low, high, at=planted.AS_OF)
    found = governance(session, {})
    assert found.looked_at == planted.AS_OF
    assert [row["alert_id"] for row in found.alerts.rows] == ["high", "low", "just gone", "gone"]
    assert [row["amount"] for row in found.alerts.rows] == [Decimal("91.5")] * 4


def test_an_alert_without_an_amount_has_none(session: Session) -> None:
    planted.plant_alerts(session, alert("late", amount=None, threshold=None, currency=None))
    (row,) = governance(session, {}).alerts.rows
    assert (row["amount"], row["threshold"]) == (None, None)


def test_coverage_is_that_of_all_providers_by_key(session: Session) -> None:
    plant(
        session,
        "tag_scope_coverage",
        planted.coverage("team", tagged="80", untagged="15", untaggable="500"),
        planted.coverage("team", "AWS", wrong="5"),
        planted.coverage("free", untaggable="3"),
        planted.coverage("gone", tagged="1"),
    )
    goals = {"team": Decimal(80), "free": Decimal(80)}
    found = {one.row["tag_key"]: one for one in governance(session, goals).coverage}
    assert (found["team"].share, found["team"].verdict) == (Decimal("0.8"), "met")
    assert (found["free"].share, found["free"].verdict) == (None, "unknown")
    assert (found["gone"].goal, found["gone"].verdict) == (None, "unknown")
    (stricter,) = [
        one
        for one in governance(session, {"team": Decimal("80.0001")}).coverage
        if one.row["tag_key"] == "team"
    ]
    assert stricter.verdict == "missed"


def test_a_plan_begins_with_what_went_wrong(session: Session) -> None:
    plan_id = planted.plant_governance(session, "&")
    found = plan(session, plan_id)
    assert [one.row["target"] for one in found.changes] == ["worst &", "new", "calm"]
    assert found.changes[0].fields == [Field("amount", "1200.5", "1500.5")]
    assert found.changes[2].fields == []
    assert found.problems == ["no forecast of &"]
    nothing = plan(session, "unknown")
    assert (nothing.row, nothing.changes, nothing.sheet.total) == (None, [], 0)


def test_a_retired_thing_is_told_field_by_field(session: Session) -> None:
    kept = planted.plant_plan(session, Change("main", "old", {"name": "old", "n": 1}, None))
    (change,) = plan(session, kept.plan_id).changes
    assert change.row["action"] == "retire"
    assert change.fields == [Field("n", "1", None), Field("name", "old", None)]
    assert json.loads(change.row["before_document"]) == {"n": 1, "name": "old"}
