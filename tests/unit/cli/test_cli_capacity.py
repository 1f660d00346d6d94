"""``cloudledger capacity`` over files of metrics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudledger.cli import app
from localcloud.samples.token_load import hourly_load, write_bedrock

END = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    return write_bedrock(hourly_load("growing", 1, 80 * 24, END), "claude", tmp_path / "chat.csv")


def run(*options: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["capacity", *map(str, options)])
    assert done.exit_code == code, done.output
    return done.output


def test_the_units_and_the_limit_are_told(chat: Path) -> None:
    options = (chat, "--capacity-per-unit", 4e5, "--units", 1, "--layout", "bedrock")
    found = json.loads(run(*options, "--max-units", 30, "--json"))
    assert found["as_of"] == END.isoformat()
    assert found["desired_units"] > 1
    assert len(found["hours"]) == 168
    assert found["hours"][0]["desired_units"] == found["desired_units"]
    assert found["problems"] == []
    assert float(found["limit"]) == 30 * 4e5
    told = run(*options, "--hours", 3)
    assert "units as of 2026-03-02 09:00 UTC, 1 now" in told
    assert "2026-03-02 11:00" in told
    assert "2026-03-02 12:00" not in told
    assert "limit of 400,000 an hour" in told


def test_only_one_model_s_rows_up_to_an_instant(chat: Path) -> None:
    options = (chat, "--capacity-per-unit", 4e5, "--units", 4, "--layout", "bedrock")
    found = json.loads(run(*options, "--json", "--as-of", "2026-02-01T10:00"))
    assert found["hours"][0]["hour"] == "2026-02-01T10:00:00+00:00"
    told = run(*options, "--where", "ModelId=titan", code=1)
    assert "no hour of the history has a load" in told


def test_columns_of_one_s_own(tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_text("at,calls\n2026-03-01T00:00:00Z,70\n2026-03-01T01:00:00Z,70\n")
    options = (file, "--capacity-per-unit", 10, "--units", 1, "--json")
    found = json.loads(run(*options, "--timestamp", "at", "--value", "calls"))
    assert found["desired_units"] > 9
    assert found["seasons"] == "none"
    assert "no column timestamp, load" in run(*options, code=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--target", 2), "target_utilisation=2.0"),
        (("--max-units", 0), "max_units=0"),
        (("--capacity-per-unit", 0), "0.0 is not above 0"),
        (("--layout", "guess"), "guess is none of"),
        (("--gaps", "none"), "neither unknown nor zero"),
        (("--where", "ModelId"), "write COLUMN=VALUE"),
    ],
)
def test_an_option_that_cannot_be_is_named(
    chat: Path, options: tuple[object, ...], said: str
) -> None:
    assert said in run(chat, "--capacity-per-unit", 1, "--units", 1, *options, code=2)
