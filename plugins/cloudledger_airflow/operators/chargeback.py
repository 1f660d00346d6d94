"""Months of cost charged back to cost centers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger import exact
from cloudledger.settings import Settings
from cloudledger_airflow.exceptions import NotChargedBack
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import known_as_of, months_asked

if TYPE_CHECKING:
    from datetime import date

    from airflow.sdk import Context

    from cloudledger.governance.chargeback.config import Chargeback
    from cloudledger.governance.chargeback.run import Charged, Run
    from cloudledger.warehouse.port import Warehouse


class ChargebackOperator(BaseOperator):
    """Charge the run's months back, as the governance file says, and write their statements.

    A run without params stands for the last month that has ended, and looks at the months before
    it that were charged back: one whose bill has changed since is charged back again. An open
    month's version is replaced; a closed one's stays, and the next says what differs. Each month
    is a transaction of its own, and its files follow it: a run that died is finished by the next.

    Skips while the governance file names no cost center. Returns ``{"as_of": ..., "charged":
    [{"month": "2026-10", "currency": "EUR", "version": 1, "state": "open", "done": "first",
    "total": "15146.93", "changes": 0, "statements": "/..."}]}``.

    :param warehouse_conn_id: the warehouse.
    :param close: whether to close the months asked for; None leaves it to the run's param
        ``close``, or else to ``close_after_days`` of the governance file.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id",)
    ui_color = "#ece3f2"

    def __init__(
        self,
        *,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        close: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id
        self.close = close

    def execute(self, context: Context) -> dict[str, Any]:
        """Charge back, write, and warn of what nobody bears.

        :raises NotChargedBack: naming each month that could not be; the others are.
        """
        from cloudledger.governance.chargeback.config import ChargebackRefused
        from cloudledger.governance.chargeback.run import Run
        from cloudledger.governance.config import governance

        rules = governance(Settings().governance_file).chargeback
        if not rules.centers:
            raise AirflowSkipException("the governance file names no cost center")
        close = self.close if self.close is not None else context["params"].get("close")
        run = Run(context["dag_run"].run_id, known_as_of(context), close)
        asked = months_asked(context)
        back = 0 if context["params"].get("from") else rules.look_back_months
        told: list[dict[str, Any]] = []
        refused: list[str] = []
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            for month in [*_earlier(warehouse, asked[0], back), *asked]:
                try:
                    told += self._charge(warehouse, month, rules, run, late=month not in asked)
                except ChargebackRefused as error:
                    refused.append(str(error))
        if refused:
            raise NotChargedBack("; ".join(refused))
        return {"as_of": run.as_of.isoformat(), "charged": told}

    def _charge(
        self, warehouse: Warehouse, month: date, rules: Chargeback, run: Run, *, late: bool
    ) -> list[dict[str, Any]]:
        from cloudledger.governance.chargeback.drivers import driver_table
        from cloudledger.governance.chargeback.run import charge_month
        from cloudledger.reporting.statements import write_statements

        how = replace(run, close=None) if late else run
        drivers = driver_table(rules)
        with warehouse.transaction() as session:
            charged = charge_month(session, month, rules, drivers, how, late_only=late)
        told = []
        for one in charged:
            folder = write_statements(Settings().home, one.version, one.lines, one.changes, rules)
            self._log(one)
            told.append(_told(one) | {"statements": str(folder)})
        return told

    def _log(self, one: Charged) -> None:
        version = one.version
        said = f"{version.month} {version.billing_currency} version {version.version}"
        self.log.info(
            "%s, %s: %s (%s), %s in all",
            *(said, version.state, one.done, version.reason, exact.digits(version.total_cost)),
        )
        if one.done == "new version":
            self.log.warning("%s differs from the closed one in %d lines", said, len(one.changes))
        for warning in one.warnings:
            self.log.warning("%s", warning)


def _earlier(warehouse: Warehouse, month: date, count: int) -> list[date]:
    from cloudledger.governance.chargeback.run import months_known

    with warehouse.transaction() as session:
        return months_known(session, month, count)


def _told(one: Charged) -> dict[str, Any]:
    return {
        "month": one.version.month,
        "currency": one.version.billing_currency,
        "version": one.version.version,
        "state": one.version.state,
        "done": one.done,
        "total": exact.digits(one.version.total_cost),
        "changes": len(one.changes),
    }
