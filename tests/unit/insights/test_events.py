"""Flagged days become events with a kind, amounts, a severity and an id that stays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.anomaly import scored_days
from cloudledger.insights.event_kinds import Kind, Severity, severity_of
from cloudledger.insights.events import IN_MONEY, Event, events_of
from cloudledger.insights.feedback import Mark, Verdict, covered
from cloudledger.insights.materiality import Materiality, is_material

FIRST = date(2025, 1, 6)


def costs_of(days: int = 200) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.where(np.arange(days) % 7 < 5, 100.0, 60.0) * rng.lognormal(0, 0.03, days)


def scored(costs: np.ndarray, series_id: str = "a", first: date = FIRST) -> pd.DataFrame:
    days = pd.date_range(first, periods=len(costs))
    return scored_days(pd.DataFrame({"series_id": series_id, "day": days, "cost": costs}))


def only(costs: np.ndarray) -> Event:
    (event,) = events_of(scored(costs))
    return event


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_a_spike_tells_its_day_and_amounts() -> None:
    costs = costs_of()
    costs[150] += 250

    event = only(costs)

    assert (event.kind, event.start, event.end, event.peak_day) == (
        Kind.SPIKE,
        day(150),
        day(150),
        day(150),
    )
    assert event.excess == pytest.approx(250, abs=20)
    assert event.actual == pytest.approx(costs[150])
    assert event.excess == pytest.approx(event.actual - event.expected)
    assert event.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Kind.BURST, dict.fromkeys(range(150, 156), 2.0)),
        (Kind.DROP, dict.fromkeys(range(150, 153), 0.1)),
        (Kind.LEVEL_SHIFT, dict.fromkeys(range(150, 200), 1.8)),
        (Kind.RAMP, {150 + k: 1 + 0.1 * k for k in range(16)}),
    ],
)
def test_each_kind_is_told_by_its_name(kind: Kind, change: dict[int, float]) -> None:
    costs = costs_of()
    for number, factor in change.items():
        costs[number] *= factor

    events = events_of(scored(costs))

    assert events[0].kind is kind
    assert day(148) <= events[0].start <= day(158)
    assert all(event.kind is kind for event in events)


def test_a_burst_s_excess_is_over_what_was_expected_before_it() -> None:
    costs = costs_of()
    costs[150:158] += 100

    event = only(costs)

    assert (event.start, event.end) == (day(150), day(157))
    assert event.excess == pytest.approx(800, rel=0.1)


def test_spend_that_begins_late_is_new_spend() -> None:
    old, new = scored(costs_of()), costs_of(60)
    both = pd.concat([old, scored(new, "new", day(140))], ignore_index=True)

    (event,) = events_of(both)

    assert (event.series_id, event.kind, event.start) == ("new", Kind.NEW_SPEND, day(140))
    assert (event.expected, event.actual) == (0, pytest.approx(new[:7].sum()))


def test_leading_days_without_cost_do_not_hide_new_spend() -> None:
    costs = np.concatenate([np.zeros(100), costs_of(60)])

    assert [event.kind for event in events_of(scored(costs))] == [Kind.NEW_SPEND]


def test_an_event_keeps_its_id_while_it_goes_on() -> None:
    costs = costs_of()
    costs[150:158] += 150
    ids = {events_of(scored(costs[:until]))[0].event_id for until in range(151, 170)}

    assert len(ids) == 1


def test_late_data_that_moves_the_start_keeps_the_id_of_the_known_event() -> None:
    costs = costs_of()
    costs[150:154] += 150
    before = only(costs)
    costs[149] += 150
    after = events_of(scored(costs), known=[before])

    assert [event.start for event in after] == [day(149)]
    assert [event.event_id for event in after] == [before.event_id]


def test_two_events_never_share_a_known_id() -> None:
    costs = costs_of()
    costs[150] += 300
    costs[154] += 300
    known = Event(
        "known", "a", day(150), day(154), day(150), Kind.BURST, 1, 2, 1, Severity.LOW, 9.0
    )

    events = events_of(scored(costs), known=[known])

    assert len(events) == 2
    assert len({event.event_id for event in events}) == 2
    assert "known" in {event.event_id for event in events}


def test_nothing_gives_no_events() -> None:
    assert events_of(scored(np.array([]))) == []
    assert events_of(scored(costs_of())) == []


@pytest.mark.parametrize(
    ("expected", "actual", "severity"),
    [
        (10, 12, Severity.LOW),
        (10, 15, Severity.MEDIUM),
        (10, 20, Severity.HIGH),
        (10, 30, Severity.CRITICAL),
        (10, 5, Severity.HIGH),
        (10, 0, Severity.CRITICAL),
        (50_000, 51_500, Severity.HIGH),
        (500_000, 480_000, Severity.CRITICAL),
        (0, 0, Severity.LOW),
    ],
)
def test_severity_is_by_ratio_or_by_money(
    expected: float, actual: float, severity: Severity
) -> None:
    assert severity_of(expected, actual, IN_MONEY) is severity


def test_materiality_asks_for_amount_and_share() -> None:
    costs = costs_of()
    costs[150] += 250
    event = only(costs)

    assert is_material(event, Materiality(amount=200, share=1.0))
    assert not is_material(event, Materiality(amount=300, share=0))
    assert not is_material(event, Materiality(amount=0, share=5.0))
    with pytest.raises(ValueError, match="zero or more"):
        Materiality(amount=-1)


def test_an_expected_event_stays_covered_while_it_grows_and_others_are_news() -> None:
    costs = costs_of()
    costs[120] += 300
    costs[150:153] += 200
    first = events_of(scored(costs[:151]))[-1]
    mark = Mark(first.event_id, "a", Verdict.EXPECTED, first.start, first.end)
    scores = scored(costs)
    events = events_of(scores)

    assert list(covered(events, [mark], scores)) == [events[-1].event_id]


def test_a_false_alert_covers_later_ones_that_are_no_stranger() -> None:
    costs = costs_of(260)
    costs[120] += 100
    costs[163] += 80
    costs[205] += 900
    scores = scored(costs)
    events = events_of(scores)
    mark = Mark(events[0].event_id, "a", Verdict.FALSE, events[0].start, events[0].end)

    assert [event.start for event in events] == [day(120), day(163), day(205)]
    assert set(covered(events, [mark], scores)) == {events[0].event_id, events[1].event_id}
    elsewhere = Mark("x", "b", Verdict.FALSE, events[0].start, events[0].end)
    assert covered(events, [elsewhere], scores) == {}


def test_a_batch_job_that_runs_every_day_is_one_event_upward() -> None:
    costs = np.where(np.arange(200) % 7 == 0, 50.0, 0.0)
    costs[150:160] = 50.0

    events = events_of(scored(costs))

    assert events[0].start == day(150)
    assert all(event.excess >= 0 for event in events)


def test_a_fall_told_on_its_second_day_begins_on_its_first() -> None:
    costs = costs_of()
    costs[150:152] *= 0.6
    scores = scored(costs)

    assert scores.loc[scores["is_anomaly"], "day"].dt.date.tolist() == [day(151)]
    (event,) = events_of(scores)
    assert (event.start, event.end) == (day(150), day(151))
    assert event.excess == pytest.approx(-2 / 3 * costs[150:152].sum(), rel=0.15)


def test_a_lasting_fall_is_one_level_shift() -> None:
    costs = costs_of(260)
    costs[200:] *= 0.5

    event = only(costs)

    assert event.kind is Kind.LEVEL_SHIFT
    assert event.excess < 0
