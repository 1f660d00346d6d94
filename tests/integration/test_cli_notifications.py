"""``cloudledger notifications`` over an outbox on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloudledger.alerting.channel import Delivery, Outcome
from cloudledger.alerting.deliver import deliver
from cloudledger.alerting.enqueue import enqueue
from cloudledger.alerting.outbox import newest
from cloudledger.cli import app
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support import alerts
from tests.support.alerts import AT, Recorder, alert
from tests.support.empty_warehouse import migrated

NO = Delivery(Outcome.REFUSED, "403 [forbidden]")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One message was sent, one is dead."""
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    governance = alerts.settings({"name": "ops"})
    with migrated(tmp_path / "warehouse.duckdb") as warehouse:
        for name, answers in (("one", ()), ("two", (NO,))):
            with warehouse.transaction() as session:
                enqueue(session, [alert(name, dimensions={"service": name})], governance, AT)
            channel = Recorder(*answers)
            deliver(warehouse, governance.notifications, lambda _, c=channel: c, lambda: AT)
        warehouse.publish_copy()
    return tmp_path


def cloudledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["notifications", *arguments], env={"COLUMNS": "200"})


def test_it_lists_what_was_told(home: Path) -> None:
    told = cloudledger().stdout
    assert "budget one" in told
    assert "403 [forbidden]" in told
    found = json.loads(cloudledger("--json").stdout)["notifications"]
    assert {one["state"] for one in found} == {"sent", "dead"}


def test_a_dead_one_is_replayed(home: Path) -> None:
    (dead,) = json.loads(cloudledger("--dead", "--json").stdout)["notifications"]
    assert dead["title"] == "[high] budget two"
    assert cloudledger("--replay", dead["notification_id"]).exit_code == 0
    assert json.loads(cloudledger("--dead", "--json").stdout)["notifications"] == []
    with open_duckdb(home / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        assert {one.state for one in newest(session, None, 10)} == {"sent", "pending"}
    assert "no notifications" in cloudledger("--dead").stdout


def test_what_is_not_dead_is_not_replayed(home: Path) -> None:
    done = cloudledger("--replay", "0" * 32)
    assert done.exit_code == 1
    assert "there is no dead message" in done.stderr
