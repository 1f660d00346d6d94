"""Cost and resources by state of a tag, and whose untagged ones likely are."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger import exact
from cloudledger.governance.tags.config import TagsRefused
from cloudledger.governance.tags.coverage import Coverage
from cloudledger.governance.tags.findings import Finding
from cloudledger.governance.tags.values import State
from tests.support.tag_lines import line, tagged

RULES: dict[str, Any] = {
    "keys": [
        {"key": "cc", "pattern": r"CC-\d", "aliases": ["Finance.cc"]},
        {"key": "stage", "values": ["prod", "dev"]},
    ],
    "exempt": [{"services": ["SUPPORT"]}],
}
OWNED = {"cc": "CC-1", "stage": "prod"}


def whole(lines: list[dict[str, Any]], key: str = "cc", **more: Any) -> Coverage:
    """The coverage of the one provider and currency."""
    scopes = tagged(lines, RULES | more).scopes
    (found,) = [
        one for one in scopes if one.tag_key == key and one.where["scope_kind"] == "provider"
    ]
    return found


def likely(lines: list[dict[str, Any]], key: str = "cc", **more: Any) -> dict[str, Finding]:
    found = tagged(lines, RULES | more).findings
    return {one.resource_id: one for one in found if one.tag_key == key}


def told(one: Finding) -> tuple[str | None, str | None, Decimal | None]:
    return one.suggestion, one.evidence_kind, one.confidence


def test_a_charge_is_of_one_state_and_the_costs_add_up() -> None:
    found = whole(
        [
            line("a", "10", **OWNED),
            line("b", "20", cc="cc-1"),
            line("c", "30", cc=" "),
            line(None, "40"),
            line(None, "1", cc="CC-2"),
            line("s", "50", cc="CC-1") | {"ServiceName": "SUPPORT"},
            line("d", "2", **{"Finance.cc": "CC-3"}),
        ]
    )
    assert found.cost == {"tagged": 13, "wrong": 20, "untagged": 30, "untaggable": 90}
    assert found.resources == {"tagged": 2, "wrong": 1, "untagged": 1, "untaggable": 1}
    assert found.percent == Decimal("20.6349")


def test_what_is_no_usage_is_not_told() -> None:
    others = [
        line("x", "7") | {"ChargeCategory": "Tax"},
        line("x", "7") | {"ChargeClass": "Correction"},
        line("x", "7") | {"ProviderName": "Kubernetes"},
        line("x", "7", day=31),
    ]
    found = tagged(others, RULES)
    assert (found.days, found.scopes, found.findings) == ([], [], [])
    assert found.problems == ["there is no usage cost in the days [2026-10-01, 2026-10-31)"]


def test_two_currencies_are_told_apart() -> None:
    found = tagged([line("a", "10", **OWNED), line("a", "5") | {"BillingCurrency": "USD"}], RULES)
    percents = {one.billing_currency: one.percent for one in found.days if one.tag_key == "stage"}
    assert percents == {"EUR": 100, "USD": 0}


def test_cost_of_zero_or_below_has_no_percent() -> None:
    assert whole([line("a", "0", **OWNED)]).percent is None
    assert whole([line("a", "1", **OWNED), line("b", "-2")]).percent is None
    assert whole([line(None, "5")]).percent is None


def test_a_percent_is_told_of_the_smallest_and_the_largest_cost() -> None:
    much, least = "99999999999999", "0.000000000000000000000001"
    found = whole([line("a", much, **OWNED), line("b", f"-{much}"), line("c", least)])
    assert found.percent == Decimal(much) * 10**26


def test_a_line_without_tags_is_untagged() -> None:
    assert whole([line("a", "2") | {"Tags": None}]).cost[State.UNTAGGED] == 2


def test_a_resource_is_as_its_last_line_and_its_cost_as_each_line() -> None:
    lines = [line("a", "10", day=1), line("a", "5", day=2, cc="CC-1")]
    found = whole(lines)
    assert (found.cost[State.UNTAGGED], found.cost[State.TAGGED]) == (10, 5)
    assert found.resources == {"tagged": 1, "wrong": 0, "untagged": 0, "untaggable": 0}
    assert not likely(lines)
    days = [one for one in tagged(lines, RULES).days if one.tag_key == "cc"]
    assert [(one.where["charge_day"], one.percent) for one in days] == [
        (date(2026, 10, 1), 0),
        (date(2026, 10, 2), 100),
    ]
    back = likely([line("a", day=1, cc="CC-1"), line("a", day=2)])
    assert told(back["a"]) == ("CC-1", "earlier", Decimal("0.6667"))


def test_what_costs_more_than_the_warehouse_holds_is_refused_or_left_out() -> None:
    much = "99999999999999"
    with pytest.raises(TagsRefused, match="14 digits"):
        tagged([line("a", much), line("a", much)], RULES)
    apart = [line("a", much), line("b", much), line("c") | {"BillingCurrency": "USD"}]
    found = tagged(apart, RULES)
    assert {one.billing_currency for one in found.scopes if not one.where["service_name"]} == {
        "USD"
    }
    assert "the cost of Oracle in EUR is left out" in found.problems[0]


def test_a_misspelt_value_is_said_before_what_others_have() -> None:
    lines = [line(f"{number}", **OWNED) for number in range(5)] + [line("b", cc="CC-2", stage="de")]
    lines.append(line("c", cc="CC2", stage="prodd"))
    assert told(likely(lines)["c"])[:2] == ("CC-2", "spelling")
    assert told(likely(lines, "stage")["c"])[:2] == ("prod", "spelling")
    assert told(likely(lines, "stage")["b"])[:2] == ("dev", "spelling")


def test_another_tag_counts_where_it_says_the_value_of_the_others() -> None:
    lines = [line(f"s{n}", cc="CC-1", team="shop", stage="prod") for n in range(4)]
    lines += [line(f"d{n}", cc="CC-2", team="data", stage="prod") for n in range(4)]
    found = likely([*lines, line("new", team="data", stage="prod")])
    assert told(found["new"]) == ("CC-2", "tag", Decimal("0.8333"))
    assert found["new"].evidence == "4 of 4 resources tagged team=data"
    # All are of the stage prod, and of two centers: that says nothing.
    assert told(likely([*lines, line("new", stage="prod")])["new"])[0] is None


def test_the_creator_the_account_and_the_neighbours_say_it_in_this_order() -> None:
    made = {"Oracle-Tags.CreatedBy": "ann"}
    one = [line(f"one-{n}", cc="CC-1") | {"SubAccountId": "s"} for n in range(3)]
    two = [line(f"two-{n}", cc="CC-2", **made) | {"SubAccountId": "t"} for n in range(3)]
    three = [line(f"six-{n}", cc="CC-3") | {"SubAccountId": f"n{n}"} for n in range(3)]
    known = [*one, *two, *three]
    assert told(likely([*known, line("x", **made) | {"SubAccountId": "s"}])["x"]) == (
        *("CC-2", "creator"),
        Decimal("0.8"),
    )
    assert told(likely([*known, line("two-9") | {"SubAccountId": "s"}])["two-9"])[:2] == (
        "CC-1",
        "account",
    )
    assert told(likely([*known, line("six-9") | {"SubAccountId": "new"}])["six-9"])[:2] == (
        "CC-3",
        "neighbours",
    )
    assert told(likely([*known, line("x") | {"SubAccountId": "new"}])["x"])[0] is None


def test_a_creator_s_name_is_the_value_where_creators_names_are() -> None:
    rules: dict[str, Any] = {"keys": [{"key": "owner"}, {"key": "stage", "values": ["prod"]}]}
    signed = ("default/{}@example.com", "IAMUser:AIDA0:{}", "arn:aws:iam::1:user/{}", "{}")

    def made(name: str, number: int, owner: str | None) -> dict[str, Any]:
        by = {"Oracle-Tags.CreatedBy": signed[number % 4].format(name)}
        return line(f"r{number}", owner=owner, **by) | {"SubAccountId": f"{number}"}

    known = [made(name, number, name) for number, name in enumerate(["ann", "bob", "cy", "di"])]
    found = tagged([*known, made("eve", 9, None)], rules).findings
    told_of = {one.tag_key: told(one) for one in found if one.resource_id == "r9"}
    assert told_of["owner"] == ("eve", "creator", Decimal("0.8333"))
    # Nobody is named by a stage.
    assert told_of["stage"][0] is None
    teams = [made(name, number, "team") for number, name in enumerate(["ann", "bob", "cy", "di"])]
    (found_of,) = [
        one
        for one in tagged([*teams, made("eve", 9, None)], rules).findings
        if (one.resource_id, one.tag_key) == ("r9", "owner")
    ]
    assert found_of.suggestion != "eve"


def test_the_same_account_of_another_cloud_says_nothing() -> None:
    known = [line(f"{n}", cc="CC-1") for n in range(3)]
    found = likely([*known, line("x") | {"ProviderName": "AWS"}])
    assert found["x"].suggestion is None


def test_only_the_dearest_findings_are_kept_and_names_may_be_of_any_script() -> None:
    lines = [line(f"\u8cc7\u6e90-{n}", str(n), cc="\u00e9t\u00e9") for n in range(1, 9)]
    found = likely(lines, most_findings=3)
    assert {one.cost for one in found.values()} <= {8, 7, 6}
    assert found["\u8cc7\u6e90-8"].tag_value == "\u00e9t\u00e9"


amounts = st.decimals("-1000", "1000", places=9, allow_nan=False, allow_infinity=False)
value = st.one_of(st.none(), st.sampled_from(["CC-1", "CC-2", "cc-1", "", " ", "\u00fc", "prod"]))


@st.composite
def charges(draw: st.DrawFn) -> dict[str, Any]:
    made = line(
        draw(st.sampled_from(["a-1", "a-2", "b", "", None])),
        draw(amounts),
        draw(st.integers(1, 3)),
        draw(st.integers(0, 23)),
        **{key: draw(value) for key in ("cc", "Finance.cc", "stage", "Oracle-Tags.CreatedBy")},
    )
    return made | {
        "ProviderName": draw(st.sampled_from(["Oracle", "AWS"])),
        "SubAccountId": draw(st.sampled_from(["s", "t", None])),
        "ServiceName": draw(st.sampled_from(["COMPUTE", "SUPPORT"])),
        "BillingCurrency": draw(st.sampled_from(["EUR", "USD"])),
    }


@settings(max_examples=settings().max_examples // 4, deadline=None)
@given(st.lists(charges(), max_size=25))
def test_the_states_of_every_day_and_scope_add_up_to_the_whole(lines: list[dict[str, Any]]) -> None:
    found = tagged(lines, RULES)
    costs: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    resources: defaultdict[tuple[Any, ...], set[str]] = defaultdict(set)
    for each in lines:
        currency, provider = each["BillingCurrency"], each["ProviderName"]
        account, service = each["SubAccountId"] or "", each["ServiceName"]
        for where in (
            ("day", each["day"], provider),
            ("provider", provider, None, None),
            ("account", provider, account, None),
            ("service", provider, account, service),
        ):
            for key in ("cc", "stage"):
                costs[key, currency, *where] += each["EffectiveCost"]
                resources[key, currency, *where] |= {each["ResourceId"]} - {None, ""}
    told: dict[tuple[Any, ...], Coverage] = {}
    for one in found.days:
        told[one.tag_key, one.billing_currency, "day", *one.where.values()] = one
    for one in found.scopes:
        told[one.tag_key, one.billing_currency, *one.where.values()] = one
    assert {key: exact.total(one.cost.values()) for key, one in told.items()} == costs
    assert {key: sum(one.resources.values()) for key, one in told.items()} == {
        key: len(names) for key, names in resources.items()
    }
    for finding in found.findings:
        assert finding.state in (State.UNTAGGED, State.WRONG)
        assert (finding.tag_value is None) == (finding.state is State.UNTAGGED)
        assert finding.confidence is None or 0 < finding.confidence <= 1
        assert (finding.suggestion is None) == (finding.evidence is None)
