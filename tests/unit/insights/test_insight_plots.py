"""The drawings of insights are well-formed SVG that shows what it was given."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from bench.bill_cubes import Cube
from bench.insight_plots import causes_drawing, events_drawing, round_step, written

SVG = "{http://www.w3.org/2000/svg}"
DAYS = pd.date_range("2025-01-01", periods=40, freq="D")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return written(tmp_path_factory.mktemp("plots"), seed=5, series=8)


def _words(drawing):
    return [one.text for one in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_a_small_set_is_drawn_as_small_well_formed_files(files):
    assert [path.name for path in files] == [
        "forecast.svg",
        "anomalies.svg",
        "anomalies_hard.svg",
        "causes.svg",
    ]
    for path in files:
        root = ElementTree.parse(path).getroot()
        assert root.tag == f"{SVG}svg"
        assert root.find(f"{SVG}title").text
        assert path.stat().st_size <= 40_000
        assert "nan" not in path.read_text(encoding="utf-8").lower()


def test_a_forecast_is_drawn_with_two_intervals_and_three_lines(files):
    root = ElementTree.parse(files[0]).getroot()
    assert len(root.findall(f"{SVG}polygon")) == 2
    assert len(root.findall(f"{SVG}polyline")) == 3


def test_flagged_days_are_dots_and_true_events_fields():
    costs = np.full(40, 10.0)
    costs[20:23] = 90.0
    one = {"id": "total|<R&D>", "arch": "total", "ds": DAYS, "y": costs, "ev": [(20, 23, "burst")]}
    scored = pd.DataFrame({"expected": 10.0, "is_anomaly": costs > 50})
    drawing = events_drawing(one, scored)
    root = ElementTree.fromstring(drawing)
    assert len(root.findall(f"{SVG}circle")) == 3
    assert [one.get("fill-opacity") for one in root.findall(f"{SVG}rect")].count("0.3") == 1
    assert "Unusual days: total <R&D>" in _words(drawing)


def test_a_cause_that_was_not_named_is_drawn_too():
    names = [(a, s) for a in "abcd" for s in "uvwxyz"]
    leaves = pd.DataFrame(names, columns=["account", "service"]).assign(expected=10.0, actual=10.0)
    leaves.loc[leaves["account"] == "b", "actual"] = 40.0
    words = _words(causes_drawing(Cube(leaves, np.zeros(24), ({"account": "b"}, {"service": "u"}))))
    assert any("account b: " in one and "as planted" in one for one in words)
    assert "service u: planted, not named" in words


@pytest.mark.parametrize(("span", "step"), [(1.0, 0.2), (4.0, 1.0), (8_300.0, 2_000.0)])
def test_amounts_on_the_axis_are_round(span, step):
    assert round_step(span) == pytest.approx(step)
