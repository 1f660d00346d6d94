"""What AWS's Cost and Usage Reports list as charged, held against what the ledger bills.

FOCUS bills what a commitment covers by its fee; AWS lists it at the on-demand price and takes it
off again by negations. The two should cancel to the last digit, and nothing says that they do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudledger import exact
from cloudledger.lake.table import Lake
from cloudledger.sql import statement

PROVIDER = "aws"
"""The lake's partition of AWS's lines."""


@dataclass(frozen=True, slots=True)
class Bill:
    """One account's billing period in one currency, in that currency.

    ``unblended_cost == billed_cost + savings_plans + net_discounts``. ``savings_plans`` is what
    covered usage and negations leave, ``net_discounts`` what the net columns take off and no
    discount's own line does.
    """

    billing_account_id: str
    billing_period_start: datetime
    billing_currency: str
    lines: int
    unblended_cost: Decimal
    billed_cost: Decimal
    savings_plans: Decimal
    net_discounts: Decimal

    @property
    def difference(self) -> Decimal:
        """What AWS lists and the ledger does not bill."""
        return exact.subtract(self.unblended_cost, self.billed_cost)


def bills(lake: Lake) -> tuple[Bill, ...]:
    """Every billing period that Cost and Usage Reports were taken in of, the earliest first."""
    files = [file.path for file in lake.files() if file.provider == PROVIDER]
    with lake.lines(files) as con:
        con.execute(statement("lake/sums")).fetchall()
        rows = con.sql(statement("lake/aws_bill")).to_arrow_table().to_pylist()
    return tuple(Bill(**row) for row in rows)
