"""What has arrived: how complete each day is, which sources have gone quiet, what has drifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, TriggerRule

from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import run_period
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context


class CostCompletenessOperator(BaseOperator):
    """Assess what had arrived by the end of the run's period, and tell columns that came or went.

    Runs also when nothing new came, which is when a stall shows. Writes ``completeness`` and
    ``source_rhythm``, unless a run that stands for a later instant has. Fails for no finding: the
    result names them, and :class:`CostVerdictOperator` judges.

    Returns ``{"as_of": ..., "days": {"complete": 40, ...}, "stalled": [...], "drift": [...]}``,
    the last two in words.

    :param sources: the sources whose stall is told; others of the ledger are only kept.
    :param warehouse_conn_id: the warehouse that holds the ledger.
    :param lake_path: the lake's folder; the settings' own when not given.
    """

    template_fields: Sequence[str] = ("sources", "warehouse_conn_id", "lake_path")
    ui_color = "#e6efe9"

    def __init__(
        self,
        *,
        sources: Sequence[str],
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("trigger_rule", TriggerRule.ALL_DONE)
        super().__init__(**kwargs)
        self.sources = sources
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path

    def execute(self, context: Context) -> dict[str, Any]:
        """Assess, keep, and tell each source and each drift in one line of the log."""
        from cloudledger.ledger import completeness, drift
        from cloudledger.ledger.projection import sync

        as_of = _as_of(context)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            sync(session, lake_at(self.lake_path))
            found = completeness.assess_now(session, as_of, self.sources)
            if not completeness.save(session, found):
                self.log.info("the tables show a later instant than %s: they stay", as_of)
            drifted = [str(one) for one in drift.tell(session, context["dag_run"].run_id)]
        stalled = [str(one) for one in found.stalled if one.source in self.sources]
        for line in (*stalled, *drifted):
            self.log.warning(line)
        for source in found.sources:
            if source not in found.stalled:
                self.log.info("%s", source)
        days = Counter(day.status.value for day in found.days)
        return {
            "as_of": as_of.isoformat(),
            "days": dict(days),
            "stalled": stalled,
            "drift": drifted,
        }


def _as_of(context: Context) -> datetime:
    """The end of the run's period; the run's own instant where the period has not ended."""
    return min(run_period(context).end, context["dag_run"].run_after)
