"""How far cost carries the tags that it should, as of a run's instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.operators.changes import settings_file
from cloudledger_airflow.period import known_as_of
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.governance.tags.coverage import Coverage


class TagCoverageOperator(BaseOperator):
    """Tell how much of the last 30 days' cost is tagged, and whose the rest likely is.

    A day that a run of a later instant told stays, and so do its scopes and findings. Skips while
    the governance file requires no tag. Returns ``{"as_of": ..., "kept": True, "coverage":
    [{"tag_key": "owner", "provider_name": "Oracle", "currency": "EUR", "percent": "99.8"}],
    "findings": 12, "files": "/.../tagging/2026-10-31"}``: the files are for review.

    :param warehouse_conn_id: the warehouse.
    :param lake_path: the lake's folder; the settings' own if not given.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id", "lake_path")
    ui_color = "#e5f0e3"

    def __init__(
        self,
        *,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path

    def execute(self, context: Context) -> dict[str, Any]:
        """Measure, keep in one transaction, and warn of keys below their goal.

        :raises TagsRefused: a resource's cost is more than the warehouse holds.
        """
        from cloudledger.governance.tags.coverage import tags_at
        from cloudledger.governance.tags.files import write_files
        from cloudledger.governance.tags.store import save_tags
        from cloudledger.run import Run

        rules = settings_file().tags
        if not rules.keys:
            raise AirflowSkipException("the governance file requires no tag")
        run = Run(context["dag_run"].run_id, known_as_of(context))
        settings = Settings()
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            tagged = tags_at(
                session, lake_at(self.lake_path), run.as_of, rules, precedence=settings.precedence
            )
            kept = save_tags(session, run, tagged)
        folder = write_files(settings.home, tagged, rules)
        if not kept:
            self.log.info("the tables show a later instant than %s: it stays", run.as_of)
        for problem in tagged.problems:
            self.log.warning("%s", problem)
        whole = [one for one in tagged.scopes if one.where["scope_kind"] == "provider"]
        goals = {key.key: key.goal_percent for key in rules.keys}
        for one in whole:
            if one.percent is not None and one.percent < goals[one.tag_key]:
                self.log.warning("%s: goal %s %%", _said(one), goals[one.tag_key])
        return {
            "as_of": run.as_of.isoformat(),
            "kept": kept,
            "coverage": [_told(one) for one in whole],
            "findings": len(tagged.findings),
            "files": str(folder),
        }


def _told(one: Coverage) -> dict[str, Any]:
    return {
        "tag_key": one.tag_key,
        "provider_name": one.where["provider_name"],
        "currency": one.billing_currency,
        "percent": None if one.percent is None else str(one.percent),
    }


def _said(one: Coverage) -> str:
    where = f"{one.where['provider_name']} in {one.billing_currency}"
    return f"{one.tag_key} is on {one.percent:.1f} % of the cost of {where} that can be tagged"
