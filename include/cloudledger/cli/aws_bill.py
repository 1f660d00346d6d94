"""``cloudledger bill``."""

from __future__ import annotations

from dataclasses import asdict

from cloudledger.lake.table import open_lake
from cloudledger.ledger.aws_bill import bills
from cloudledger.reporting import aws_bill, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings


def tell_bill(settings: Settings, *, json: bool) -> None:
    """AWS's own totals by account and billing period against what the ledger bills."""
    found = bills(open_lake(settings.lake))
    if json:
        print(to_json({"bills": [asdict(one) | {"difference": one.difference} for one in found]}))
    else:
        aws_bill.show(terminal.console(), found)
