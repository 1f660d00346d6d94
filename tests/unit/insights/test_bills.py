"""Made-up bills follow from their seed, their parts add up, and their labels say what was done."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench import bill_usage
from bench.bill_company import SERVICES, company, noise_of
from bench.bill_cubes import DIMENSIONS, SIZES, cube_set, selected
from bench.bills import anomaly_set, at_least, forecast_set, labelled


@pytest.fixture(scope="module")
def calendar() -> bill_usage.Calendar:
    return bill_usage.calendar_of(np.random.default_rng(4), pd.Timestamp("2023-01-01"), 400)


def _same(one: list[dict], other: list[dict]) -> bool:
    return all(
        a["id"] == b["id"] and np.array_equal(a["y"], b["y"])
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("make", [anomaly_set, forecast_set])
def test_a_set_follows_from_its_seed(make):
    assert _same(make(11, 60), make(11, 60))
    assert not _same(make(11, 60), make(12, 60))


@pytest.mark.parametrize("sku", [sku for skus in SERVICES.values() for sku in skus])
def test_every_resource_costs_about_one_a_day_and_never_less_than_nothing(sku, calendar):
    kind = next(skus[sku] for skus in SERVICES.values() if sku in skus)
    made = [kind(np.random.default_rng(seed), calendar) for seed in range(20)]
    assert all((one.cost >= 0).all() and np.isfinite(one.cost).all() for one in made)
    assert 0.3 < np.mean([one.ordinary.mean() for one in made]) < 3
    assert np.mean([one.cost.mean() for one in made]) == pytest.approx(
        np.mean([one.ordinary.mean() for one in made]), rel=0.2
    )


def test_batch_jobs_do_nothing_on_seven_days_in_ten(calendar):
    cost = bill_usage.batch_jobs(np.random.default_rng(1), calendar).cost
    assert 0.68 <= (cost == 0).mean() <= 0.76
    assert (cost[calendar.weekday >= 5] == 0).all()


def test_egress_is_cheaper_at_a_months_end_than_on_its_first(calendar):
    bill = bill_usage.egress(np.random.default_rng(1), calendar)
    price = bill.ordinary / calendar.traffic
    assert price[calendar.day_of_month == 1] == pytest.approx(1.0)
    assert (price[calendar.day_of_month >= 28] < 0.9).all()


def test_seats_are_half_filled_at_month_edges(calendar):
    cost = bill_usage.licences(np.random.default_rng(1), calendar).cost
    first = np.flatnonzero(calendar.day_of_month == 1)[1:-1]
    assert cost[first] == pytest.approx(cost[first - 1], rel=0.05)
    assert cost[first] == pytest.approx(cost[first + 1] / 2, rel=0.05)


def test_series_of_a_company_are_nested():
    bill = company(5, 400)
    groups = bill.groups()
    total = bill.cost[groups["total", ""]].sum(axis=0)
    by_account = sum(bill.cost[m].sum(axis=0) for name, m in groups.items() if name[0] == "account")
    assert by_account == pytest.approx(total)


def test_an_incident_shows_in_every_series_over_it_by_the_same_money():
    bill = company(5, 400)
    groups = bill.groups()
    assert len(bill.incidents) >= 5
    for incident in bill.incidents:
        effect = incident.effect_on(groups["total", ""], 400)
        assert effect[incident.start : incident.end].any()
        assert not effect[: incident.start].any()
        per_service = [
            incident.effect_on(members, 400)
            for name, members in groups.items()
            if len(name) == 2 and name[0] == "service"
        ]
        assert sum(per_service) == pytest.approx(effect)


def test_labels_stand_where_the_bill_was_changed_and_nowhere_else():
    for seed in range(4):
        bill = company(seed, 400)
        for name, members in bill.groups().items():
            one = labelled(bill, name, members)
            changed = sum(
                (incident.effect_on(members, 400) for incident in bill.incidents), np.zeros(400)
            )
            for start, end, _, _, noises in one["ev"]:
                assert noises >= 3
                assert np.abs(changed[start:end]).max() > 0
                assert one["lab"][start:end].all()
            assert one["lab"].sum() == sum(end - start for start, end, *_ in one["ev"])
            assert not (one["lab"] & one["ign"]).any()
            assert not one["lab"][:90].any()


def test_every_kind_of_incident_is_made_and_many_series_share_one():
    data = anomaly_set(1, 600)
    events = [(event[2], event[0]) for one in data for event in one["ev"]]
    assert {kind for kind, _ in events} == {
        "runaway",
        "leaked_key",
        "stuck_scaler",
        "egress",
        "outage",
        "price_tier",
    }
    assert 0.4 < len(events) / len(data) < 1.5
    assert len(set(events)) < len(events) / 2


def test_weak_events_are_ignored_when_only_strong_ones_are_asked_for():
    data = anomaly_set(3, 120)
    strong = at_least(data, 5.0)
    assert all(event[4] >= 5 for one in strong for event in one["ev"])
    for before, after in zip(data, strong, strict=True):
        gone = before["lab"] > after["lab"]
        assert after["ign"][gone].all()
        assert np.array_equal(before["y"], after["y"])


def test_strict_labels_excuse_no_planned_change():
    lenient, strict = anomaly_set(3, 120), anomaly_set(3, 120, strict=True)
    assert sum(one["ign"].sum() for one in strict) < sum(one["ign"].sum() for one in lenient)
    assert [one["ev"] for one in strict] == [one["ev"] for one in lenient]


def test_forecast_series_are_of_every_length_and_hide_the_last_days():
    data = forecast_set(2, 200, horizon=30)
    known = [len(one["y"]) - one["h"] for one in data]
    assert min(known) >= 45
    assert max(known) <= 800
    assert {k < 90 for k in known} == {True, False}
    assert sum(k > 365 for k in known) > 30
    assert all(len(one["ds"]) == len(one["y"]) for one in data)
    assert all((one["y"] >= 0).all() and one["y"][: -one["h"]].any() for one in data)


def test_noise_is_what_chance_did():
    rng = np.random.default_rng(0)
    ordinary = np.full(5000, 100.0)
    assert noise_of(ordinary + rng.normal(0, 7, 5000), ordinary) == pytest.approx(7, rel=0.15)
    assert noise_of(ordinary, ordinary) == pytest.approx(0.5)


@pytest.mark.parametrize("times", SIZES)
def test_a_cubes_causes_hold_the_money_that_was_added(times):
    for before, after in zip(cube_set(6, 15, 0.0), cube_set(6, 15, times), strict=True):
        assert 1 <= len(after.causes) <= 2
        old = before.leaves.set_index(list(DIMENSIONS))["actual"]
        new = after.leaves.set_index(list(DIMENSIONS))["actual"]
        named = np.logical_or.reduce([selected(after.leaves, cause) for cause in after.causes])
        if len(old) == len(new):
            assert (new[~named] == old[~named]).all()
        largest = (old - before.leaves.set_index(list(DIMENSIONS))["expected"]).abs().max()
        for cause in after.causes:
            mask = selected(after.leaves, cause)
            change = new[mask].sum() - old.reindex(new.index, fill_value=0.0)[mask].sum()
            assert abs(change) == pytest.approx(times * largest, rel=0.1)


def test_a_cause_is_named_by_as_few_values_as_select_it():
    for cube in cube_set(7, 30, 3.0):
        for cause in cube.causes:
            for name in cause:
                fewer = {key: value for key, value in cause.items() if key != name}
                assert not fewer or not cube.same_leaves(fewer, cause)
