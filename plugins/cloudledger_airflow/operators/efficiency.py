"""How well money is spent, as of a run's instant, and why cost changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudledger.settings import Settings
from cloudledger_airflow.operators.insights import InsightsOperator
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.insights.series import SeriesSet
    from cloudledger.run import Run
    from cloudledger.warehouse.port import Session


class CostEfficiencyOperator(InsightsOperator):
    """Tell how the last days' cost was spent, why it changed, and which unit prices did.

    A run of an earlier instant than the tables stand for leaves them, and reads nothing.

    Returns ``{"as_of": ..., "series": 120, "scores": {"EUR": "71.20"}, "changes": 48,
    "unit_costs": 17, "new_prices": 1}``; a currency of which nothing could be told has the score
    None.
    """

    def work(
        self, session: Session, run: Run, known: SeriesSet, context: Context
    ) -> dict[str, Any]:
        """Measure, and replace what stands for an earlier instant."""
        from cloudledger.insights.efficiency_store import save_spent, stands_later
        from cloudledger.insights.spent import spent_at

        if stands_later(session, run.as_of):
            self.log.info("the tables show a later instant than %s: they stay", run.as_of)
            return {}
        settings = Settings()
        found = spent_at(
            session,
            lake_at(self.lake_path),
            run.as_of,
            known,
            tag_keys=settings.tag_keys,
            precedence=settings.precedence,
        )
        for problem in found.problems:
            self.log.warning(problem)
        save_spent(session, run, found)
        scores = {one.billing_currency: one.efficiency.score for one in found.scores}
        return {
            "scores": {name: score and str(score) for name, score in scores.items()},
            "changes": len(found.changes),
            "unit_costs": len(found.unit_costs),
            "new_prices": len(found.repriced),
        }
