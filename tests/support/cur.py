"""Small AWS Cost and Usage Reports of our own, written cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudledger.reports.aws_formats import AWS_CUR
from tests.support.reports import table

LEGACY = {column.name: column.aliases[0] for column in AWS_CUR.columns if column.aliases}
"""CUR 2.0's name -> the legacy CSV's."""

CUR_LINE = {
    "identity_line_item_id": "line-1",
    "bill_payer_account_id": "111111111111",
    "bill_billing_period_start_date": "2026-10-01T00:00:00Z",
    "bill_billing_period_end_date": "2026-11-01T00:00:00Z",
    "line_item_usage_account_id": "222222222222",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-10-05T00:00:00Z",
    "line_item_usage_end_date": "2026-10-06T00:00:00Z",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "EUC1-BoxUsage:m5.large",
    "line_item_usage_amount": "10",
    "line_item_currency_code": "USD",
    "line_item_unblended_rate": "0.10",
    "line_item_unblended_cost": "1.00",
    "line_item_line_item_description": "$0.10 per On Demand Linux m5.large Instance Hour",
    "product_region_code": "eu-central-1",
    "product_sku": "SKU1",
    "pricing_public_on_demand_cost": "1.20",
    "pricing_public_on_demand_rate": "0.12",
    "pricing_rate_code": "SKU1.T.R",
    "pricing_unit": "Hrs",
}


def cur(*lines: Mapping[str, str], legacy: bool = False) -> bytes:
    """A CUR; each line, by CUR 2.0's names, overrides cells of a plain compute line."""
    rows = [
        CUR_LINE | {"identity_line_item_id": f"line-{number}"} | line
        for number, line in enumerate(lines, start=1)
    ]
    header = _header(rows)
    if not legacy:
        return table(header, rows).encode()
    named = [{LEGACY.get(name, name): cell for name, cell in row.items()} for row in rows]
    return table([LEGACY.get(name, name) for name in header], named).encode()


def _header(rows: Iterable[Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))
