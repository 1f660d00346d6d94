"""What an alert of an anomaly says."""

from __future__ import annotations

from pathlib import Path

from cloudledger.alerting.anomalies import anomaly_alerts
from cloudledger.run import Run
from tests.support.empty_warehouse import migrated
from tests.support.planted_insights import AS_OF, cause, event, plant, runbook, series


def test_it_brings_the_runbook_that_fits_best(tmp_path: Path) -> None:
    with migrated(tmp_path / "w.duckdb") as warehouse, warehouse.transaction() as session:
        plant(session, "cost_series", series("db", "service", provider="AWS", service="RDS"))
        plant(session, "anomaly_event", event("with", "db"), event("without", "db"))
        plant(session, "anomaly_cause", cause("with", 1, '{"resource_id": "db-1"}', "0.9"))
        plant(session, "event_runbook", runbook("with", 2, "Other"), runbook("with", 1, "Resize"))
        told = {one.alert_id: one.text for one in anomaly_alerts(session, Run("run", AS_OF))}
    assert told["with"].endswith("90 % of it by resource_id db-1; runbook: Resize, s3://docs/1.md")
    assert "runbook" not in told["without"]
    assert len(told) == 2
