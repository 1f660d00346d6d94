"""What the demo tells of the units that capacity_plan planned."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.demo.capacity import told_plans


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "series": "chat",
        "desired_units": 5,
        "current_units": 4,
        "band": "high",
        "outlook": "reaches the limit on 2027-03-01",
        "reason": "",
    } | changes


def test_each_load_is_told_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert told_plans([plan(), plan(series="batch", outlook="")])
    assert capsys.readouterr().out.split("\n")[1:3] == [
        "5 units for chat, 4 now: high; reaches the limit on 2027-03-01",
        "5 units for batch, 4 now: high",
    ]


def test_a_load_without_a_plan_is_told_and_not_borne(capsys: pytest.CaptureFixture[str]) -> None:
    assert not told_plans([plan(), plan(reason="nothing is known", band="")])
    assert "5 units for chat, 4 now: nothing is known" in capsys.readouterr().out
    assert not told_plans([])
