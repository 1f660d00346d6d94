"""The commands that read the ledger: they never wait for a writer, nor hold one up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from cloudledger.lake.table import open_lake
from cloudledger.ledger.reconcile import Reconciliation
from cloudledger.ledger.reconcile import reconcile as hold_against
from cloudledger.reporting import arrived, books, cost, terminal, usage_compared
from cloudledger.reporting.plain import plain, to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_copy


def tell_cost(
    settings: Settings,
    dimensions: Sequence[str],
    first_day: date | None,
    end_day: date | None,
    *,
    json: bool,
) -> None:
    """Cost by dimensions and currency over [``first_day``, ``end_day``).

    :raises UnknownDimension: naming the ones there are.
    """
    with _copy(settings) as warehouse, warehouse.transaction() as session:
        found = cost.cost_by(
            session,
            dimensions,
            first_day=first_day or date.min,
            end_day=end_day or date.max,
        )
    if json:
        rows = [dict(zip(dimensions, one.values, strict=True)) | _amounts(one) for one in found]
        print(to_json({"rows": rows, "totals": [_amounts(one) for one in cost.totals(found)]}))
    else:
        terminal.show_cost(terminal.console(), dimensions, found)


def tell_ledger(
    settings: Settings, *, source: str, state: str, uri: str, limit: int, json: bool
) -> None:
    """The sources, and the newest objects that the filters let through."""
    with _copy(settings) as warehouse, warehouse.transaction() as session:
        found = books.listing(session, source=source, state=state, uri=uri, at_most=limit)
    if json:
        print(to_json(found))
    else:
        terminal.show_listing(terminal.console(), found)


def tell_reconciliation(settings: Settings, *, json: bool) -> bool:
    """Whether everything is equal."""
    with _copy(settings) as warehouse:
        found = hold_against(warehouse, open_lake(settings.lake))
    if json:
        print(to_json(_reconciliation(found)))
    else:
        terminal.show_reconciliation(terminal.console(), found)
    return not found.differences


def tell_summary(settings: Settings, *, json: bool) -> bool:
    """Whether everything is equal; prints the whole ledger in short."""
    with _copy(settings) as warehouse:
        with warehouse.transaction() as session:
            found = books.summary(session)
        reconciliation = hold_against(warehouse, open_lake(settings.lake))
    if json:
        print(
            to_json(
                {
                    **found.verdict,
                    "totals": [row for group in found.totals for row in group.providers],
                    "set_aside": found.set_aside,
                    "reconciliation": _reconciliation(reconciliation),
                }
            )
        )
    else:
        terminal.show_summary(terminal.console(), found, reconciliation)
    return not reconciliation.differences


def tell_completeness(settings: Settings, as_of: datetime, *, limit: int, json: bool) -> bool:
    """Whether every configured source still delivers; prints what had arrived by ``as_of``."""
    with _copy(settings) as warehouse, warehouse.transaction() as session:
        found = arrived.at(session, as_of)
    if json:
        print(to_json({"as_of": as_of, "stalled": found.stalled, **plain(found)}))
    else:
        arrived.show(terminal.console(), found, limit)
    return not {source.name for source in settings.sources} & {*found.stalled}


def tell_usage(
    settings: Settings, *, source: str, unknown_only: bool, limit: int, json: bool
) -> None:
    """Reports against usage APIs, as ``usage_collect`` compared them last."""
    with _copy(settings) as warehouse, warehouse.transaction() as session:
        found = usage_compared.kept(
            session, source=source, unknown_only=unknown_only, at_most=limit
        )
    if json:
        print(to_json(found))
    else:
        usage_compared.show(terminal.console(), found)


def _copy(settings: Settings) -> DuckDbWarehouse:
    return open_copy(settings.warehouse)


def _amounts(one: cost.Cost) -> dict[str, Any]:
    return {"currency": one.currency, **one.costs, "lines": one.lines}


def _reconciliation(found: Reconciliation) -> dict[str, Any]:
    return {
        "difference": found.amount,
        "objects": found.objects,
        "days": found.days,
        "displaced": found.displaced,
        "behind": found.behind,
        "pending": found.pending,
        "differences": found.differences,
    }
