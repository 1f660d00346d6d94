"""What the parts of the detector do on series whose truth is plain."""

from __future__ import annotations

import numpy as np
import pytest

from cloudledger.insights.deviations import usual_deviations, usual_level
from cloudledger.insights.expectation import LEADS, expect
from cloudledger.insights.memory import LONGEST, STAYS, Memory
from cloudledger.insights.recurring import Calendar
from cloudledger.insights.residuals import residuals

FIRST = np.datetime64("2025-01-06", "D")


def days_of(count: int) -> np.ndarray:
    return FIRST + np.arange(count)


def day_residuals(costs: np.ndarray) -> np.ndarray:
    days = days_of(len(costs))
    excused = np.zeros(len(costs), bool)
    values = costs[None, :]
    return residuals(values, expect(values, days, excused), days, excused).day[0]


def noisy(days: int, level: float = 100.0, seed: int = 5) -> np.ndarray:
    return level * np.random.default_rng(seed).lognormal(0, 0.03, days)


def test_after_weeks_of_a_hundredfold_cost_the_old_level_is_expected_again_at_once() -> None:
    costs = noisy(200)
    costs[120:140] *= np.linspace(5, 100, 20)
    found = expect(costs[None, :], days_of(200), np.zeros(200, bool))

    assert found.by_lead[0, 0, 141:160] == pytest.approx(100, rel=0.15)
    assert found.before[0, 121:141] == pytest.approx(100, rel=0.15)
    assert np.isnan(found.before[0, 141:150]).all()


def test_forecasts_made_during_strange_days_are_dropped_when_they_have_passed() -> None:
    costs = noisy(200)
    costs[120:130] *= 20
    found = expect(costs[None, :], days_of(200), np.zeros(200, bool))
    lead = LEADS.index(14)

    assert np.isnan(found.by_lead[lead, 0, 134:144]).all()
    assert found.by_lead[lead, 0, 145:] == pytest.approx(100, rel=0.15)


def test_an_event_soon_after_a_large_one_is_found() -> None:
    costs = noisy(200)
    costs[120:132] *= 20
    costs[145] *= 1.6
    found = day_residuals(costs)

    assert found[145] > 6
    assert np.abs(found[133:145]).max() < 4


def test_a_level_that_stays_is_not_left_for_the_old_one() -> None:
    costs = noisy(200)
    costs[120:] *= 2
    costs[160] = 100.0
    found = expect(costs[None, :], days_of(200), np.zeros(200, bool))

    assert np.isnan(found.before[0, 145:160]).all()
    assert found.by_lead[0, 0, 165:] == pytest.approx(200, rel=0.15)


def memory_of_one() -> tuple[Memory, tuple[np.ndarray, ...]]:
    state = (np.full((1, 2), 3.0, np.float32),)
    return Memory(state), state


def test_the_memory_gives_back_the_state_of_the_day_before() -> None:
    memory, state = memory_of_one()
    memory.keep(10, state, np.array([9.0]), np.array([1.0]))
    state[0][:] = 8.0
    rows, since = memory.restore(11, state, np.array([1.0]), np.array([5.0]))

    assert (rows.tolist(), since.tolist()) == ([0], [10])
    assert state[0].tolist() == [[3.0, 3.0]]
    assert not memory.away.any()


@pytest.mark.parametrize(("from_before", "from_now"), [(5.0, 9.0), (3.0, 2.0), (np.nan, 9.0)])
def test_the_memory_keeps_what_is_not_back(from_before: float, from_now: float) -> None:
    memory, state = memory_of_one()
    memory.keep(10, state, np.array([9.0]), np.array([1.0]))
    rows, _ = memory.restore(11, state, np.array([from_before]), np.array([from_now]))

    assert not len(rows)
    assert memory.away.all()


def test_the_memory_gives_up_what_stays_and_what_lasts() -> None:
    memory, state = memory_of_one()
    for day in range(10, 11 + STAYS):
        memory.keep(day, state, np.array([9.0 if day == 10 else 0.0]), np.array([1.0]))
    assert not memory.away.any()

    for day in range(100, 101 + LONGEST):
        memory.keep(day, state, np.array([9.0]), np.array([1.0]))
    assert not memory.away.any()


def test_an_event_of_days_widens_the_usual_deviation_less_than_single_days_do() -> None:
    calm = np.random.default_rng(4).normal(0, 0.02, (1, 200))
    together, apart = calm.copy(), calm.copy()
    together[0, 120:132] += 0.4
    apart[0, 60:180:10] += 0.4
    unit = usual_deviations(calm, 84, 1)[0, -1]

    assert usual_deviations(together, 84, 1)[0, -1] < 1.35 * unit
    assert usual_deviations(apart, 84, 1)[0, -1] > 2 * unit


def test_the_usual_deviation_of_a_day_takes_no_later_day() -> None:
    relative = np.random.default_rng(4).normal(0, 0.02, (3, 200))
    changed = relative.copy()
    changed[:, 150:] *= 50

    whole, cut = usual_deviations(relative, 84, 1), usual_deviations(changed, 84, 1)
    np.testing.assert_array_equal(whole[:, :151], cut[:, :151])


def explained(excess: np.ndarray, first: str) -> float:
    days = np.datetime64(first, "D") + np.arange(len(excess))
    calendar = Calendar(days, 1)
    found = np.zeros(1)
    for day, one in enumerate(excess):
        found, _ = calendar.explain(day, np.array([one]), np.array([100.0]))
    return float(found[0])


def test_days_of_an_incident_explain_nothing_a_month_later() -> None:
    excess = np.where(np.arange(58) % 2, 1.0, -1.0)
    excess[[27, 57]] = 50.0
    alone = explained(excess, "2025-03-20")
    excess[24:31] = 50.0

    assert alone == pytest.approx(50)
    assert explained(excess, "2025-03-20") == 0.0


def test_work_of_several_days_at_a_months_end_is_still_explained() -> None:
    excess = np.where(np.arange(61) % 2, 1.0, -1.0)
    excess[26:31] = 50.0
    excess[57:60] = 50.0

    assert explained(excess[:59], "2025-01-01") == pytest.approx(50)


def test_a_day_off_is_no_news_but_half_of_the_cost_gone_or_two_low_days_are() -> None:
    holiday, outage, two = noisy(200), noisy(200), noisy(200)
    holiday[150] *= 0.65
    outage[150] *= 0.4
    two[150:152] *= 0.65

    assert day_residuals(holiday)[150] == 0.0
    assert day_residuals(outage)[150] < -6
    assert day_residuals(two)[150] == 0.0
    assert day_residuals(two)[151] < -5


def test_a_dip_of_a_steady_series_is_news_on_its_day() -> None:
    costs = noisy(200) ** 0.05
    costs *= 100 / costs.mean()
    costs[150] *= 0.65

    assert day_residuals(costs)[150] < -6


def test_a_fee_spread_over_the_month_may_be_dearer_in_february() -> None:
    first = 70 + int((np.datetime64("2025-02-01") - FIRST).astype(int))
    days = FIRST - 70 + np.arange(first + 7)
    month = days.astype("datetime64[M]")
    length = (month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")
    costs = 3000 / length.astype(float) * np.random.default_rng(1).lognormal(0, 0.001, len(days))
    dearer = costs * np.where(np.arange(len(days)) >= first, 1.3, 1.0)
    excused = np.zeros(len(days), bool)
    fee, rise = (
        residuals(one[None, :], expect(one[None, :], days, excused), days, excused).day[0]
        for one in (costs, dearer)
    )

    assert np.abs(fee[first:]).max() < 2
    assert rise[first] > 6


def test_a_large_weekly_job_that_varies_does_not_hide_an_ordinary_day() -> None:
    costs = noisy(200, seed=6)
    rng = np.random.default_rng(7)
    costs[2::7] = 2000 * rng.lognormal(0, 0.1, len(costs[2::7]))
    costs[150] *= 2.5

    assert day_residuals(costs)[150] > 4


def test_what_is_left_to_unlearn_of_a_fee_that_ended_is_no_news() -> None:
    costs = noisy(200) ** 0.05
    costs[120:] = 0.0
    found = day_residuals(costs)

    assert found[120] < -6
    assert np.abs(found[131:]).max() < 1


def test_the_usual_level_of_a_day_takes_no_later_day() -> None:
    level = np.full((1, 100), 50.0)
    level[0, 60:] = 0.0
    found = usual_level(level)[0]

    assert found[3] == 0
    assert found[40] == found[60] == found[99] == 50
