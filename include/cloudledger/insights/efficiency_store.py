"""How money was spent, in the warehouse: what the run of the latest instant told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from cloudledger.insights.changes import SeriesChange
from cloudledger.insights.efficiency import WEIGHTS
from cloudledger.insights.spending import Score
from cloudledger.insights.spent import Repriced, Spent
from cloudledger.insights.unit_cost import UnitCost
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

STANDS_FOR = "efficiency_as_of"
TABLES = (
    "efficiency_score",
    "efficiency_part",
    "cost_change_split",
    "unit_cost",
    "unit_price_change",
)


def stands_later(session: Session, as_of: datetime) -> bool:
    """Whether what is kept stands for a later instant."""
    rows = session.query(statement("ledger/state"), name=STANDS_FOR).to_pylist()
    return bool(rows) and datetime.fromisoformat(rows[0]["value"]) > as_of


def save_spent(session: Session, run: Run, spent: Spent) -> bool:
    """Replace all that is kept by what a run told; whether that was done.

    A run that stands for an earlier instant than what is kept leaves that as it is.
    """
    if stands_later(session, run.as_of):
        return False
    rows = {
        "efficiency_score": [_score_row(one) for one in spent.scores],
        "efficiency_part": [row for one in spent.scores for row in _part_rows(one)],
        "cost_change_split": [_change_row(one) for one in spent.changes],
        "unit_cost": [_unit_row(one) for one in spent.unit_costs],
        "unit_price_change": [_price_row(one) for one in spent.repriced],
    }
    for table in TABLES:
        session.execute(statement(f"insights/forget_{table}"))
        if rows[table]:
            session.insert(table, _table(rows[table], run))
    session.execute(statement("ledger/forget_state"), name=STANDS_FOR)
    stamp = {"name": [STANDS_FOR], "value": [run.as_of.isoformat()]}
    session.insert("ledger_state", pa.table(stamp))
    return True


def _score_row(one: Score) -> dict[str, Any]:
    return {
        "billing_currency": one.billing_currency,
        "first_day": one.span.first_day,
        "last_day": one.span.last_day,
        "effective_cost": one.effective_cost,
        "score": one.efficiency.score,
    }


def _part_rows(one: Score) -> Iterable[dict[str, Any]]:
    """A row for every part, also for those that are not known."""
    told = {part.name: part for part in one.efficiency.parts}
    for name in WEIGHTS:
        part = told.get(name)
        yield {
            "billing_currency": one.billing_currency,
            "part": name,
            "part_share": part and part.value,
            "weight": part and part.weight,
            "part_cost": part and part.part_cost,
            "whole_cost": part and part.whole_cost,
        }


def _change_row(one: SeriesChange) -> dict[str, Any]:
    return {
        "series_id": one.series.series_id,
        "compared": one.compared,
        "before_first_day": one.before.first_day,
        "before_last_day": one.before.last_day,
        "first_day": one.after.first_day,
        "last_day": one.after.last_day,
        "cost_before": one.cost_before,
        "cost_after": one.cost_after,
        "quantity_effect": one.split.quantity,
        "mix_effect": one.split.mix,
        "price_effect": one.split.price,
        "other_effect": one.split.other,
    }


def _unit_row(one: UnitCost) -> dict[str, Any]:
    return {
        "series_id": one.service.series_id,
        "unit": one.unit,
        "first_day": one.span.first_day,
        "last_day": one.span.last_day,
        "quantity": one.quantity,
        "cost": one.cost,
        "cost_per_unit": one.per_unit,
        "cost_per_unit_before": one.before,
    }


def _price_row(one: Repriced) -> dict[str, Any]:
    return {
        "item_id": one.change.sku,
        "change_day": one.change.day,
        **one.item,
        "price_before": one.change.before,
        "price_after": one.change.after,
        "effect_cost": one.change.effect,
    }


def _table(rows: list[dict[str, Any]], run: Run) -> pa.Table:
    """Rows as the port takes them; every amount is a decimal, every day a date, the rest text."""
    names = list(rows[0])
    columns = {name: pa.array([row[name] for row in rows], _type(name)) for name in names}
    stamps = {
        "as_of": pa.array([run.as_of] * len(rows), INSTANT),
        "run_id": pa.repeat(pa.scalar(run.run_id, pa.string()), len(rows)),
    }
    return pa.table(columns | stamps)


_TEXTS = frozenset(
    {
        "billing_currency",
        "part",
        "series_id",
        "compared",
        "unit",
        "item_id",
        "provider_name",
        "service_name",
        "region_id",
        "sku_id",
    }
)


def _type(name: str) -> pa.DataType:
    if name.endswith("_day"):
        return pa.date32()
    return pa.string() if name in _TEXTS else MONEY
