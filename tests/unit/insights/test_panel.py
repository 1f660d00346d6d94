"""A history of any kind becomes a panel, or says why not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.panel import LARGEST, LONGEST, NotAHistory, panel_of, together

AWKWARD = [np.nan, np.inf, -np.inf, 1e308, 0.0, -5.0, 3.5]


def rows(series: dict[object, list[tuple[object, object]]]) -> pd.DataFrame:
    flat = [(name, day, cost) for name, days in series.items() for day, cost in days]
    return pd.DataFrame(flat, columns=["series_id", "day", "cost"])


def run(name: object, start: str, costs: list[float]) -> pd.DataFrame:
    days = pd.date_range(start, periods=len(costs))
    return pd.DataFrame({"series_id": name, "day": days, "cost": costs})


def test_duplicates_are_summed_and_a_short_gap_stays_unknown() -> None:
    costs = [1.0, 2, 3, 4, 5, 6]
    history = pd.concat([run("a", "2026-01-01", costs), run("a", "2026-01-02", [10.0])])
    history = history[history["day"] != "2026-01-04"]

    panel = panel_of(history.sample(frac=1, random_state=1))

    assert panel.ids == ("a",)
    assert panel.first_day == np.datetime64("2026-01-01")
    np.testing.assert_array_equal(panel.values, [[1, 12, 3, np.nan, 5, 6]])


def test_absent_days_of_a_sparse_series_cost_nothing() -> None:
    history = run("batch", "2026-01-05", [7.0] * 28)
    history = history[history["day"].dt.day_of_week < 5]

    panel = panel_of(history)

    assert panel.values.shape == (1, 26)
    assert np.nansum(panel.values == 0) == 6
    assert "without a row" in panel.notes["batch"]


def test_each_series_has_its_own_range() -> None:
    panel = panel_of(
        pd.concat([run("a", "2026-01-01", [1.0] * 3), run("b", "2026-01-03", [2.0] * 4)])
    )

    assert panel.first.tolist() == [0, 2]
    assert panel.last.tolist() == [2, 5]
    assert panel.days[-1] == np.datetime64("2026-01-06")


def test_what_is_no_cost_is_left_out_with_a_note_or_refused_with_a_reason() -> None:
    history = pd.concat(
        [
            run("good", "2026-01-01", [1.0, np.nan, np.inf, 1e300, 5.0, 6, 7, 8, 9, 9, 9, 9, 9]),
            run("bad", "2026-01-01", [np.nan, -np.inf]),
        ]
    )

    panel = panel_of(history)

    assert panel.ids == ("good",)
    assert panel.notes["good"].startswith("3 days whose cost is no finite amount")
    assert "nothing to learn" in panel.problems["bad"]


def test_two_currencies_in_a_series_are_refused() -> None:
    history = pd.concat([run("a", "2026-01-01", [1.0, 2]), run("b", "2026-01-01", [1.0, 2])])
    history["currency"] = ["EUR", "USD", "EUR", "EUR"]

    panel = panel_of(history)

    assert panel.ids == ("b",)
    assert "EUR and USD" in panel.problems["a"]


def test_a_date_far_from_all_others_does_not_stop_them() -> None:
    parts = [run(name, "2026-01-01", [1.0] * 5) for name in "abc"]
    panel = panel_of(pd.concat([*parts, run("far", "2250-01-01", [1.0])]))

    assert panel.ids == ("a", "b", "c")
    assert panel.values.shape == (3, 5)
    assert "look at its dates" in panel.problems["far"]


def test_only_the_newest_years_are_kept() -> None:
    panel = panel_of(run("a", "2018-01-01", [1.0] * 2500))

    assert panel.values.shape == (1, LONGEST["D"])
    assert "older" in panel.notes["a"]


def test_zones_and_texts_are_utc_days() -> None:
    history = rows({1: [("2026-03-01T23:30:00-05:00", "4.5"), ("2026-03-03", 1), ("?", 2)]})

    panel = panel_of(history)

    assert panel.ids == (1,)
    np.testing.assert_array_equal(panel.values, [[4.5, 1.0]])


def test_hours() -> None:
    hours = pd.date_range("2026-01-01", periods=5, freq="h")
    history = pd.DataFrame({"series_id": "a", "day": hours, "cost": range(5)})

    panel = panel_of(history, step="h")

    assert panel.values.tolist() == [[0, 1, 2, 3, 4]]
    assert panel.days[4] == np.datetime64("2026-01-01T04")


def test_rows_without_a_series_are_told() -> None:
    panel = panel_of(rows({None: [("2026-01-01", 1.0)], "a": [("2026-01-01", 1.0)]}))

    assert panel.ids == ("a",)
    assert list(panel.problems) == ["(no series_id)"]


def test_an_empty_history_is_an_empty_panel_and_an_absent_column_an_error() -> None:
    empty = panel_of(rows({}))

    assert empty.ids == ()
    assert empty.values.size == 0
    with pytest.raises(NotAHistory, match="cost"):
        panel_of(rows({}).drop(columns="cost"))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", None]),
            st.integers(-10, 20_000),
            st.one_of(st.sampled_from(AWKWARD), st.floats(width=64)),
        ),
        max_size=40,
    )
)
def test_every_series_is_there_or_has_a_reason(given_rows: list[tuple[str, int, float]]) -> None:
    history = pd.DataFrame(given_rows, columns=["series_id", "day", "cost"])
    history["day"] = np.datetime64("1971-01-01") + pd.to_timedelta(history["day"], unit="D")

    panel = panel_of(history)

    named = set(history["series_id"].dropna())
    assert set(panel.ids) | set(panel.problems) - {"(no series_id)"} == named
    assert not set(panel.ids) & set(panel.problems)
    assert np.isfinite(panel.values).any(axis=1).all()
    known = panel.values[np.isfinite(panel.values)]
    assert (np.abs(known) < len(given_rows) * LARGEST).all()


def test_panels_of_different_series_are_one() -> None:
    parts = [
        run("a", "2026-01-03", [1.0, 2.0]),
        run("b", "2026-01-01", [3.0] * 3),
        run("none", "2026-01-01", [np.nan]),
        pd.concat([run("c", "2026-01-05", [4.0] * 2), run("c", "2026-01-07", [np.nan])]),
    ]
    one = together(panel_of(part) for part in parts)
    whole = panel_of(pd.concat(parts))

    assert set(one.ids) == set(whole.ids)
    assert (one.problems, one.notes) == (whole.problems, whole.notes)
    assert one.first_day == whole.first_day
    order = [one.ids.index(name) for name in whole.ids]
    np.testing.assert_array_equal(one.values[order], whole.values)
    assert together([]).ids == together([panel_of(parts[2])]).ids == ()
