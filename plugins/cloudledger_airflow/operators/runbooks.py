"""Beside each anomaly event, the runbooks that fit it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import known_as_of
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from airflow.sdk import Context

RECENT = timedelta(days=92)
"""Events that ended earlier keep the runbooks that they have."""


class EventRunbookOperator(BaseOperator):
    """Give the material events of the last three months the runbooks nearest to them.

    An event that has one of the live release keeps it. Skips while no document is released, or its
    model cannot be loaded: nobody waits for an alert because of that. Returns
    ``{"events": 2, "runbooks": 3}``.

    :param warehouse_conn_id: the warehouse.
    :param lake_path: the lake's folder; the settings' own when not given.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id", "lake_path")
    ui_color = "#e3ecf0"

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

    def execute(self, context: Context) -> dict[str, int]:
        """Find, and keep in one transaction."""
        from cloudledger.insights.event_words import event_words
        from cloudledger.knowledge.embedding.encoder import ModelUnusable
        from cloudledger.knowledge.embedding.model import open_encoder_of
        from cloudledger.knowledge.releases.release_store import live
        from cloudledger.knowledge.retrieval.runbooks import (
            EventText,
            runbooks_for,
            save_runbooks,
            served_events,
        )
        from cloudledger.run import Run

        run, settings = Run(context["dag_run"].run_id, known_as_of(context)), Settings()
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            release = live(session)
            if release is None:
                raise AirflowSkipException("no documents are released: run knowledge_refresh")
            told = event_words(
                session,
                lake_at(self.lake_path),
                run.as_of,
                run.as_of.date() - RECENT,
                precedence=settings.precedence,
                without=served_events(session, release),
            )
            events = [EventText(one.event_id, one.text, one.kind.replace("_", "-")) for one in told]
            if not events:
                return {"events": 0, "runbooks": 0}
            try:
                encoder = open_encoder_of(release, settings.knowledge)
            except ModelUnusable as error:
                self.log.warning("%s", error)
                raise AirflowSkipException(str(error)) from error
            found = runbooks_for(
                session,
                warehouse.engine,
                release,
                encoder,
                events,
                settings.knowledge.runbook_category,
            )
            save_runbooks(session, events, found, run)
        return {"events": len(events), "runbooks": len(found)}
