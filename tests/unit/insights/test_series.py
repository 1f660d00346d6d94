"""Series out of usage cost: which there are, on which days, and that none counts twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.dimensions import Kind, Series, series_id
from cloudledger.insights.known import GRAIN, UsageCost
from cloudledger.insights.series import SeriesSet, series_of
from cloudledger.ledger.assess import DayState, Status

FIRST = date(2026, 3, 1)
TAGS = {"t1": {"owner": "shop"}, "t2": {}}


def row(day: int, cost: float, **changes: Any) -> dict[str, Any]:
    return {
        "provider": "oracle",
        "provider_name": "Oracle",
        "sub_account_id": "prod",
        "region_id": "fra",
        "service_name": "COMPUTE",
        "billing_currency": "EUR",
        "tag_set_id": "t1",
        "day": pd.Timestamp(FIRST + timedelta(days=day)).as_unit("s"),
        "cost": cost,
    } | changes


def usage(*rows: dict[str, Any]) -> UsageCost:
    frame = pd.DataFrame(list(rows)).astype(dict.fromkeys(GRAIN, "category"))
    return UsageCost.of([frame], TAGS)


def filling(day: int, provider: str = "oracle", **changes: Any) -> DayState:
    told = {
        "status": Status.FILLING,
        "expected_share": 0.9,
        "arrived_share": 0.8,
        "lines": 80,
        "likely_lines": 100,
        "history_days": 10,
    }
    return DayState(provider, FIRST + timedelta(days=day), **(told | changes))


def of(found: SeriesSet, kind: Kind, **values: str) -> dict[int, float]:
    """The cost by day of the one series of that kind that has these values."""
    (at,) = [
        number
        for number, one in enumerate(found.series)
        if one.kind is kind and values.items() <= one.values.items()
    ]
    costs = found.costs[at]
    return {int(day): float(costs[day]) for day in np.flatnonzero(np.isfinite(costs))}


AWS = {"provider": "aws", "provider_name": "AWS", "service_name": "EC2"}
KUBERNETES = {"provider": "kubernetes", "provider_name": "Kubernetes", "service_name": "shop-oke"}


def test_a_day_without_a_line_costs_nothing_once_the_series_has_begun():
    found = series_of(
        usage(row(0, 5), row(3, 7), row(1, 2, service_name="DATABASE"), row(4, 1)),
        [],
        tag_keys=["owner"],
    )
    assert of(found, Kind.SERVICE, service_name="COMPUTE") == {0: 5, 1: 0, 2: 0, 3: 7, 4: 1}
    assert of(found, Kind.SERVICE, service_name="DATABASE") == {1: 2, 2: 0, 3: 0, 4: 0}


def test_every_kind_adds_up_to_the_total():
    rows = [row(day, 1.5 + day, tag_set_id=tags) for day in range(5) for tags in TAGS]
    rows += [row(day, 2.0, **AWS, sub_account_id=None) for day in range(5)]
    found = series_of(usage(*rows), [], tag_keys=["owner"])
    total = found.costs[[one.kind is Kind.TOTAL for one in found.series]].sum(axis=0)
    for kind in Kind:
        own = [one.kind is kind for one in found.series]
        assert np.nansum(found.costs[own], axis=0) == pytest.approx(total), kind


def test_currencies_are_never_added_to_one_another_and_none_is_no_series():
    found = series_of(
        usage(row(0, 5), row(0, 3, billing_currency="USD"), row(0, 0, billing_currency="XXX")),
        [],
        tag_keys=[],
    )
    totals = [one.billing_currency for one in found.series if one.kind is Kind.TOTAL]
    assert totals == ["EUR", "USD"]


def test_what_kubernetes_splits_is_apart_and_in_no_other_series():
    found = series_of(usage(row(0, 5), row(0, 3, **KUBERNETES)), [], tag_keys=["owner"])
    kinds = {one.kind for one in found.series if one.values.get("provider_name") == "Kubernetes"}
    assert kinds == {Kind.PROVIDER, Kind.SERVICE_SUB_ACCOUNT}
    assert of(found, Kind.TOTAL) == {0: 5}
    assert of(found, Kind.TAG, tag_key="owner") == {0: 5}


def test_a_filling_day_is_filled_up_and_marked_and_an_emptier_one_left_out():
    rows = [row(day, 10) for day in range(6)]
    states = [filling(4), filling(5, arrived_share=0.2)]
    found = series_of(usage(*rows), states, tag_keys=[])
    assert of(found, Kind.TOTAL) == {0: 10, 1: 10, 2: 10, 3: 10, 4: 12.5}
    history = found.history()
    assert set(history.loc[history["filling"], "day"]) == {pd.Timestamp(FIRST + timedelta(days=4))}
    assert (history["filling"] == history["early"]).all()


def test_a_nearly_complete_day_is_not_early():
    found = series_of(
        usage(*(row(day, 10) for day in range(3))),
        [filling(2, arrived_share=0.985, lines=197, likely_lines=200)],
        tag_keys=[],
    )
    history = found.history()
    assert history["filling"].any()
    assert not history["early"].any()


def test_a_sum_of_providers_ends_with_the_one_that_is_behind_but_not_with_a_former_one():
    rows = [row(day, 10) for day in range(100)] + [row(day, 4, **AWS) for day in range(98)]
    found = series_of(usage(*rows), [], tag_keys=[])
    assert max(of(found, Kind.TOTAL)) == 97
    assert max(of(found, Kind.PROVIDER, provider_name="Oracle")) == 99
    ended = rows[:100] + [row(day, 4, **AWS) for day in range(20)]
    found = series_of(usage(*ended), [], tag_keys=[])
    total = of(found, Kind.TOTAL)
    assert max(total) == 99
    assert (total[19], total[20]) == (14, 10)


def test_a_series_that_ended_a_quarter_ago_is_told_no_more():
    rows = [row(day, 10) for day in range(100)] + [row(0, 4, service_name="OLD")]
    names = {
        one.values.get("service_name") for one in series_of(usage(*rows), [], tag_keys=[]).series
    }
    assert "OLD" not in names


def test_nothing_gives_no_series():
    empty = usage(row(0, 1, billing_currency="XXX"))
    found = series_of(empty, [], tag_keys=["owner"])
    assert found.series == ()
    assert found.history().empty
    assert list(found.chunks(10)) == []


def test_an_id_tells_kind_currency_and_values_apart():
    ids = {
        series_id(kind, currency, values)
        for kind in (Kind.SERVICE, Kind.SERVICE_SUB_ACCOUNT)
        for currency in ("EUR", "USD")
        for values in ({}, {"service_name": "A"}, {"sub_account_id": "A"})
    }
    assert len(ids) == 12


def test_names_say_what_a_person_would():
    values = {"provider_name": "Oracle", "service_name": "COMPUTE", "sub_account_id": "prod"}
    assert Series("1", Kind.SERVICE_SUB_ACCOUNT, "EUR", values).name == "COMPUTE / prod (EUR)"
    assert Series("1", Kind.TOTAL, "EUR", {}).name == "total (EUR)"
    assert Series("1", Kind.TAG, "EUR", {"tag_key": "owner"}).name == "owner= (EUR)"


def test_chunks_hold_every_series_once():
    rows = [row(day, 1, service_name=f"S{number}") for number in range(7) for day in range(3)]
    found = series_of(usage(*rows), [], tag_keys=["owner"])
    whole = found.history()
    parts = pd.concat(found.chunks(4), ignore_index=True)
    pd.testing.assert_frame_equal(parts, whole)
