"""``cloudledger chargeback``: who bears a month's cost."""

from __future__ import annotations

from datetime import date, datetime

from cloudledger.governance.chargeback.drivers import driver_table
from cloudledger.governance.chargeback.run import Run, charge_month
from cloudledger.governance.config import governance
from cloudledger.reporting import chargeback, statements, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_duckdb


def charge(
    settings: Settings, month: date, *, at: datetime, close: bool, json: bool, csv: bool
) -> None:
    """Charge a month back, write its statements, and tell.

    :param month: its first day.
    :param at: the instant that the run stands for, UTC.
    :raises ChargebackRefused:
    """
    rules = governance(settings.governance_file).chargeback
    drivers = driver_table(rules)
    run = Run(f"cli__{at.isoformat()}", at, close=close or None)
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            charged = charge_month(session, month, rules, drivers, run)
        warehouse.publish_copy()
    folders = [
        statements.write_statements(settings.home, one.version, one.lines, one.changes, rules)
        for one in charged
    ]
    told = list(zip(charged, folders, strict=True))
    if json:
        print(to_json({"charged": [chargeback.figures(*one) for one in told]}))
    elif csv:
        print(chargeback.as_csv(charged, rules), end="")
    else:
        for one, folder in told:
            chargeback.show(terminal.console(), one, folder, rules)
