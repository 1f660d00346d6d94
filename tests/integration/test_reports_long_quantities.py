"""Quantities too long for the ledger's numbers, from the delivered object to the books."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.books import Books

LINE = {
    "ProviderName": "Google Cloud",
    "BillingAccountId": "0102",
    "BillingPeriodStart": "2026-03-01T00:00:00Z",
    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
    "ChargePeriodStart": "2026-03-01T00:00:00Z",
    "ChargePeriodEnd": "2026-03-01T01:00:00Z",
    "ChargeCategory": "Usage",
    "BilledCost": "0.25",
    "EffectiveCost": "0.25",
    "BillingCurrency": "USD",
    "ServiceName": "Cloud Storage",
    "PricingQuantity": "2",
    "ConsumedQuantity": "3",
    "ConsumedUnit": "Byte-Seconds",
}


def report(*consumed: str) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(LINE))
    writer.writeheader()
    writer.writerows(LINE | {"ConsumedQuantity": cell} for cell in consumed)
    return text.getvalue()


@pytest.mark.parametrize(
    ("consumed", "held", "rounding"),
    [
        (["9223372036854775808", "-1.5E+16", "7"], "7", "9208372036854775808"),
        (["60000000000000", "6E13", "7"], "7", "120000000000000"),
        (["12345678901234567890.0000000000000000000000001"], "0", None),
    ],
    ids=["long cells", "a long sum", "long both ways"],
)
def test_their_lines_cost_what_they_cost(
    tmp_path: Path, consumed: list[str], held: str, rounding: str | None
) -> None:
    books = Books(tmp_path)
    books.deliver("gcp.csv", report(*consumed))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept, outcome.lines_set_aside) == (
        "taken_in",
        len(consumed),
        0,
    )
    assert books.billed() == {"USD": Decimal("0.25") * len(consumed)}
    totals = {row["measure"]: row for row in books.rows("SELECT * FROM source_object_total")}
    quantity = totals["ConsumedQuantity"]
    assert quantity["source_amount"] == quantity["lake_amount"] == Decimal(held)
    assert Decimal(quantity["rounding"]) == Decimal(rounding or consumed[0])
    assert totals["PricingQuantity"]["rounding"] == "0"
    rows = books.rows("SELECT sum(consumed_quantity) AS consumed FROM daily_cost")
    assert rows == [{"consumed": Decimal(held)}]
    assert books.reconcile().amount == 0
    with books.lake.lines([file.path for file in books.lake.files()]) as con:
        texts = con.execute(
            "SELECT x_exact['ConsumedQuantity'] FROM line WHERE ConsumedQuantity IS NULL "
            "ORDER BY x_record_number"
        ).fetchall()
    assert [text for (text,) in texts] == [cell for cell in consumed if cell != "7"]
