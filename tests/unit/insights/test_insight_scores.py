"""The benchmark's scores are those of their definitions, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench.insight_figures import (
    drill_down,
    event_figures,
    flags_of,
    forecast_figures,
    month_figures,
    seasonal_naive,
    summed,
)
from bench.insight_scores import (
    alerts,
    cause_counts,
    event_scores,
    f1,
    forecast_score,
    mean_and_error,
    recall_by_kind,
)
from bench.insight_sets import Case, history_of, next_month, sources
from bench.insights import main, print_table


def _series(events=(), ignored=(), days=200, first_cost=0):
    lab, ign = np.zeros(days, int), np.zeros(days, int)
    for start, end, *_ in events:
        lab[start:end] = 1
    for start, end in ignored:
        ign[start:end] = 1
    return {
        "y": np.ones(days),
        "lab": lab,
        "ign": ign,
        "ev": list(events),
        "s0": first_cost,
        "ds": pd.date_range("2025-01-01", periods=days, freq="D"),
    }


def _flags(*days, of=200):
    flags = np.zeros(of, bool)
    flags[list(days)] = True
    return flags


def test_a_forecast_is_scored_as_in_m4():
    known = np.arange(14.0)
    score = forecast_score(
        known,
        truth=np.array([10.0, 20.0]),
        forecast=np.array([14.0, 20.0]),
        lower=np.array([11.0, 15.0]),
        upper=np.array([17.0, 25.0]),
    )
    assert score.mase == pytest.approx(2.0 / 7.0)
    assert score.covered == 0.5
    assert score.msis == pytest.approx(((6 + 40 * 1) + 10) / 2 / 7)
    assert (score.error, score.amount) == (4.0, 30.0)
    assert score.of_naive == pytest.approx(2.0 / ((3.0 + 12.0) / 2))


def test_a_series_that_repeats_itself_has_no_scale_to_be_scored_in():
    known, flat = np.full(30, 5.0), np.full(3, 5.0)
    score = forecast_score(known, flat, flat + 1, flat, flat)
    assert np.isnan(score.mase)
    assert np.isnan(score.msis)
    assert score.of_naive == pytest.approx(1 / (0.01 * 5))


def test_flagged_days_two_apart_are_one_alert():
    assert alerts(_flags(3, 5, 8, 9)) == [(3, 5), (8, 9)]
    assert alerts(_flags()) == []


def test_events_are_found_by_a_flag_up_to_the_day_after():
    one = _series(events=[(120, 123, "spike", 1.0, 6.0)])
    assert event_scores([one], [_flags(123)])["R"] == 1
    assert event_scores([one], [_flags(124)])["R"] == 0
    assert event_scores([one], [_flags(119)]) == {"P": 0, "R": 0, "F1": 0, "false/month": 0}


def test_a_false_alert_is_one_that_touches_no_event_and_begins_outside_ignored_days():
    one = _series(events=[(120, 123, "spike", 1.0, 6.0)], ignored=[(150, 160)])
    scores = event_scores([one], [_flags(121, 140, 155, 170, 171)])
    assert scores["P"] == pytest.approx(1 / 3)
    assert scores["false/month"] == pytest.approx(2 / (110 / 30.44))
    assert scores["F1"] == pytest.approx(0.5)


def test_no_alert_counts_before_day_90_nor_in_a_series_first_month():
    one = _series(first_cost=100)
    assert event_scores([one], [_flags(20, 60, 129)])["false/month"] == 0
    assert event_scores([one], [_flags(130)])["false/month"] == pytest.approx(30.44 / 70)


def test_recall_is_told_by_kind():
    one = _series(events=[(100, 102, "spike", 1.0, 6.0), (150, 160, "ramp", 1.0, 6.0)])
    assert recall_by_kind([one, one], [_flags(101), _flags(101, 155)]) == {"spike": 1, "ramp": 0.5}


def test_causes_count_by_the_leaves_they_select():
    leaves = pd.DataFrame({"service": ["s", "t", "t"], "sku": ["x", "y", "z"]})
    true = [{"sku": "x"}, {"sku": "y"}]
    assert cause_counts(leaves, [{"service": "s"}, {"service": "t"}], true) == (1, 1, 1)
    assert cause_counts(leaves, [{"service": "s"}, {"sku": "x"}], true) == (1, 1, 1)
    assert f1([(1, 1, 1), (2, 0, 0)]) == pytest.approx(6 / 8)
    assert f1([(0, 0, 0)]) == 0


def test_a_mean_comes_with_its_standard_error():
    assert mean_and_error([1.0, 2.0, 3.0]) == pytest.approx((2.0, 1 / np.sqrt(3)))
    assert np.isnan(mean_and_error([4.0])[1])


def test_flags_stand_on_the_days_that_were_named():
    data = [_series(), _series()]
    scored = history_of(data).assign(is_anomaly=False)
    scored.loc[200 + 17, "is_anomaly"] = True
    flags = flags_of(data, scored)
    assert not flags[0].any()
    assert np.flatnonzero(flags[1]).tolist() == [17]


def test_a_perfect_detector_scores_one_and_a_blind_one_nothing():
    source = sources()[0]
    data = source.with_events(5, 60)
    labels = np.concatenate([one["lab"] for one in data]).astype(bool)

    def perfect(history, _):
        return history.assign(is_anomaly=labels)

    def blind(history, _):
        return history.assign(is_anomaly=False)

    strong = source.strong(data)
    assert event_figures(data, strong, perfect, "")["F1"] == 1
    assert event_figures(data, strong, perfect, "")["F1 of >=5"] == 1
    assert event_figures(data, strong, blind, "")["F1"] == 0


def test_the_truth_is_a_perfect_forecast():
    data = sources()[0].to_forecast(5, 60, 20)

    def perfect(history, horizon, _):
        frames = []
        for number, one in enumerate(data):
            truth = np.asarray(one["y"][-horizon:])
            columns = {"forecast": truth, "lower_95": truth, "upper_95": truth}
            frames.append(pd.DataFrame({"series_id": number, **columns}))
        assert len(history) == sum(len(one["y"]) - 20 for one in data)
        return pd.concat(frames)

    figures = forecast_figures(data, perfect)
    assert (figures["MASE"], figures["WAPE %"], figures["cov95"]) == (0, 0, 100)
    naive = forecast_figures(data, seasonal_naive)
    assert naive["MASE"] > 0.5
    assert naive["of naive"] == pytest.approx(1.0)


def test_a_whole_month_within_the_hidden_days_is_forecast():
    data = sources()[0].to_forecast(5, 30, 61)
    for one in data:
        first, end = next_month(one)
        assert len(one["y"]) - 61 <= first < end <= len(one["y"])
        assert one["ds"][first].day == 1
        assert (one["ds"][first] + pd.offsets.MonthEnd(1)) == one["ds"][end - 1]
    with pytest.raises(ValueError, match="hide 61"):
        next_month(_series(days=10) | {"h": 5, "id": "short"})


def test_the_true_month_is_a_perfect_total():
    data = sources()[0].to_forecast(5, 30, 61)
    truth = [one["y"][slice(*next_month(one))].sum() for one in data]

    def perfect(history):
        assert history.groupby("series_id").size().tolist() == [next_month(one)[0] for one in data]
        told = pd.DataFrame({"series_id": range(len(data)), "forecast": truth})
        return told.assign(lower_95=told["forecast"], upper_95=told["forecast"])

    assert month_figures(data, perfect) == {"of all %": 0, "a series %": 0, "cov95": 100}


def test_days_of_the_coming_month_are_summed():
    days = pd.date_range("2025-03-29", "2025-03-31", freq="D")
    history = pd.DataFrame({"series_id": 0, "day": days, "cost": 2.0})

    def flat(_, horizon, levels):
        ahead = pd.date_range("2025-04-01", periods=horizon, freq="D")
        return pd.DataFrame({"series_id": 0, "day": ahead, "forecast": 2.0})

    assert summed(flat)(history)["forecast"].tolist() == [60.0]


def test_drilling_down_follows_the_excess():
    leaves = pd.DataFrame(
        {
            "account": ["a", "a", "b", "b"],
            "sku": ["x", "y", "x", "y"],
            "expected": [10.0, 10.0, 10.0, 10.0],
            "actual": [10.0, 30.0, 10.0, 11.0],
        }
    )
    assert drill_down(leaves) == [{"sku": "y", "account": "a"}]
    assert drill_down(leaves.assign(actual=leaves["expected"])) == []


def test_without_a_folder_beside_only_our_own_sets_are_measured(tmp_path):
    assert [source.name for source in sources(tmp_path / "absent")] == ["bills"]


def test_a_folders_modules_are_used_as_they_lie_there(tmp_path):
    (tmp_path / "cost_series.py").write_text(
        "def fc_bench(n, h, seed):\n    return [('fc', n, h, seed)]\n"
        "def ad_bench(n, days, seed):\n    return [('ad', n, days, seed)]\n"
    )
    (tmp_path / "root_cause_cases.py").write_text(
        "import pandas as pd\n"
        "def case(rng):\n"
        "    leaves = pd.DataFrame({'a': ['a1'], 'real': [2.0], 'predict': [1.0]})\n"
        "    return leaves, {'a=a1&b=b2'}, None\n"
    )
    shared = sources(tmp_path)[1]
    assert shared.to_forecast(7, 3, 14) == [("fc", 3, 14, 7)]
    assert shared.with_events(7, 3) == [("ad", 3, 400, 7)]
    (case,) = shared.cases["as they are"](7, 1)
    assert isinstance(case, Case)
    assert list(case.leaves) == ["a", "actual", "expected"]
    assert case.causes == [{"a": "a1", "b": "b2"}]


def test_a_table_has_a_line_a_method_and_says_the_error(capsys):
    print_table("figures", iter([("one", [{"F1": 0.5}, {"F1": 0.7}]), ("two", [{"F1": 1.0}])]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["figures", f"{'':<28}{'F1':>16}"]
    assert lines[3].split() == ["one", "0.600", "+-0.100"]
    assert lines[4].split() == ["two", "1.000"]


def test_the_tables_can_be_made_small(monkeypatch, capsys, tmp_path):
    small = {"series": 10, "forests": 1, "cubes": 2, "seeds": 2, "beside": tmp_path / "absent"}
    arguments = [text for name, value in small.items() for text in (f"--{name}", str(value))]
    monkeypatch.setattr("sys.argv", ["insights", *arguments, "--only", "events", "forecasts"])
    assert main() == 0
    printed = capsys.readouterr().out
    assert "events: bills" in printed
    assert "mad_and_forest (1 series)" in printed
    assert "nan" not in printed.replace("seasonal naive", "")
