"""A Cost and Usage Report taken in by its manifest: AWS's own total against the ledger's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from cloudledger.cli import app
from cloudledger.clouds.aws.s3 import S3ObjectStore
from cloudledger.ledger.aws_bill import bills
from localcloud.aws.server import serve
from localcloud.samples.aws_cur_files import deliver_cur2, deliver_legacy
from localcloud.samples.report import ReportFile
from tests.support.books import Books
from tests.support.cur import cur

AT = datetime(2026, 11, 3, 4, tzinfo=UTC)
BILLED = Decimal("654.10560165")
"""Of the sample's October, by hand in tests/unit/reports/test_aws_cur_shapes.py."""


@pytest.mark.parametrize("deliver", [deliver_legacy, deliver_cur2])
def test_a_month_by_its_manifest_is_billed_to_the_last_digit(
    tmp_path: Path, deliver: Callable[..., Iterator[ReportFile]]
) -> None:
    with serve() as cloud:
        for file in deliver("reports", "cur", "bills", AT):
            cloud.put_object("bills", file.key, file.data, file.delivered_at)
        books = Books(tmp_path, export="reports/cur")
        books.store = S3ObjectStore(client(cloud.endpoint), "bills", "aws")
        (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept, outcome.lines_set_aside) == ("taken_in", 224, 0)
    assert books.billed() == {"USD": BILLED}
    assert books.reconcile().differences == ()
    (bill,) = bills(books.lake)
    assert (bill.billing_account_id, bill.lines) == ("310000000001", 224)
    assert (bill.unblended_cost, bill.billed_cost, bill.difference) == (BILLED, BILLED, 0)


def client(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


COVERED = {
    "line_item_line_item_type": "SavingsPlanCoveredUsage",
    "savings_plan_savings_plan_effective_cost": "0.72",
}
NEGATION = {
    "line_item_line_item_type": "SavingsPlanNegation",
    "line_item_unblended_cost": "-0.9999999999",
}


def test_what_does_not_cancel_is_shown_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books(tmp_path)
    net = {"line_item_net_unblended_cost": "0.90"}
    books.deliver("covered.csv", cur(COVERED, net, {}))
    books.deliver("negation.csv", cur(NEGATION, legacy=True))
    books.run()
    (bill,) = bills(books.lake)
    # 1.00 + 1.00 + 1.00 - 0.9999999999 is listed, 0.90 + 1.00 is billed
    assert bill.unblended_cost == Decimal("2.0000000001")
    assert bill.billed_cost == Decimal("1.90")
    assert bill.savings_plans == Decimal("0.0000000001")
    assert bill.net_discounts == Decimal("0.10")
    assert bill.difference == bill.savings_plans + bill.net_discounts
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "no-airflow"))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    arguments = ["bill", "--home", str(tmp_path)]
    told = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    (row,) = json.loads(told.stdout)["bills"]
    assert Decimal(row["difference"]) == Decimal("0.1000000001")
    shown = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
    assert "2026-10" in shown
    assert "0.1000000001" in shown


def test_a_ledger_without_aws_has_no_bill(tmp_path: Path) -> None:
    assert bills(Books(tmp_path).lake) == ()


def test_a_difference_too_long_to_hold_fails_its_object_and_nothing_else(tmp_path: Path) -> None:
    most = "99999999999999"
    fee = {
        "line_item_line_item_type": "RIFee",
        "reservation_unused_amortized_upfront_fee_for_billing_period": most,
        "reservation_unused_recurring_fee": most,
    }
    books = Books(tmp_path)
    books.deliver("fee.csv", cur(fee))
    books.deliver("usage.csv", cur({}))
    outcomes = {outcome.uri.rpartition("/")[2]: outcome for outcome in books.run()}
    assert outcomes["usage.csv"].state == "taken_in"
    assert outcomes["fee.csv"].state == "failed"
    assert "more than 14 digits" in (outcomes["fee.csv"].error or "")
