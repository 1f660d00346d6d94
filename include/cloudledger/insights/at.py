"""The series of an installation as they were known at an instant."""

from __future__ import annotations

from datetime import datetime, timedelta

from cloudledger.insights.known import usage_cost
from cloudledger.insights.series import SeriesSet, series_of
from cloudledger.lake.table import Lake
from cloudledger.ledger.completeness import assess_now
from cloudledger.memory import give_back
from cloudledger.settings import Settings
from cloudledger.warehouse.port import Session


def series_at(session: Session, lake: Lake, as_of: datetime, settings: Settings) -> SeriesSet:
    """Every series of the ended days before ``as_of``, with nothing that arrived after it."""
    cost = usage_cost(
        session,
        lake,
        as_of,
        first_day=as_of.date() - timedelta(days=settings.insights_history_days),
        tag_keys=settings.tag_keys,
        precedence=settings.precedence,
    )
    states = assess_now(session, as_of).days
    found = series_of(cost, states, tag_keys=settings.series_tag_keys)
    del cost
    give_back()
    return found
