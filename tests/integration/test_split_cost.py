"""Kubernetes's split of a provider's bill stands in the same tables, and is never added to it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from cloudledger.cli.app import app
from tests.support.focus_reports import focus
from tests.support.reports import table

SPLIT = ("Date", "Namespace", "Pod", "TotalCost", "Labels")
GIVEN = {
    "currency": "USD",
    "billing_account_id": "111122223333",
    "cluster": "shop-eks",
    "cloud_provider": "aws",
    "region": "eu-central-1",
}


def cloudledger(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_split_is_told_by_namespace_and_is_in_no_total(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "aws.csv").write_text(focus({"BilledCost": "10", "EffectiveCost": "9"}))
    rows = [
        {"Date": "2026-03-01", "Namespace": "checkout", "Pod": "web-1", "TotalCost": "2.5"},
        {"Date": "2026-03-01", "Namespace": "search", "Pod": "es-1", "TotalCost": "1.25"},
        {"Date": "2026-03-01", "Namespace": "__idle__", "TotalCost": "0.5"},
    ]
    (tmp_path / "cluster.csv").write_text(table(SPLIT, rows))
    cloudledger(home, "take-in", str(tmp_path / "aws.csv"))
    said = [part for name, value in GIVEN.items() for part in ("--given", f"{name}={value}")]
    cloudledger(home, "take-in", str(tmp_path / "cluster.csv"), *said)

    told = json.loads(cloudledger(home, "cost", "--by", "provider,sub_account", "--json"))
    split = {
        row["sub_account"]: (row["billed_cost"], row["effective_cost"])
        for row in told["rows"]
        if row["provider"] == "Kubernetes"
    }
    assert split == {"checkout": ("0", "2.5"), "search": ("0", "1.25"), "__idle__": ("0", "0.5")}
    total = {"billed_cost": "10", "effective_cost": "9", "lines": 1}
    assert [{name: one[name] for name in total} for one in told["totals"]] == [total]

    by_service = json.loads(cloudledger(home, "cost", "--by", "service", "--json"))
    assert [row["service"] for row in by_service["rows"]] == ["Amazon Simple Storage Service"]
    assert [{name: one[name] for name in total} for one in by_service["totals"]] == [total]

    assert "in no total" in cloudledger(home, "cost", "--by", "provider")
    assert "in no total" not in cloudledger(home, "cost", "--by", "service")
