"""How money was spent as of an instant: the efficiency score, changes of cost, units and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Context, Decimal

import pandas as pd

from cloudledger import exact
from cloudledger.insights.changes import Lines, SeriesChange, changes_of
from cloudledger.insights.price_changes import PriceChange, price_changes
from cloudledger.insights.purchases import bought_by_day, bought_in_spans, purchases
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.spans import DAY, Known, known_spans
from cloudledger.insights.spending import Score, scores
from cloudledger.insights.split import NotBought
from cloudledger.insights.unit_cost import UnitCost, unit_costs
from cloudledger.lake.table import Lake
from cloudledger.warehouse.port import Session

ITEM = ("billing_currency", "provider_name", "service_name", "region_id", "sku_id", "unit")
"""What has a price of its own."""
_TWELVE_DIGITS = Context(prec=12)
"""Prices are told from float64 sums of a bill's rounded amounts: no more digits are sure."""
_WIDE = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Repriced:
    """A SKU, by the columns of :data:`ITEM`, and the change of its price."""

    item: Mapping[str, str | None]
    change: PriceChange


@dataclass(frozen=True, slots=True)
class Spent:
    """Everything that is told of how money was spent; ``problems`` says what could not be."""

    scores: Sequence[Score] = ()
    changes: Sequence[SeriesChange] = ()
    unit_costs: Sequence[UnitCost] = ()
    repriced: Sequence[Repriced] = ()
    problems: Sequence[str] = ()


def spent_at(
    session: Session,
    lake: Lake,
    as_of: datetime,
    known: SeriesSet,
    *,
    tag_keys: Sequence[str],
    precedence: Sequence[str],
) -> Spent:
    """How the usage cost of the last days was spent, each currency by itself.

    :param known: the series as of the same instant; they say which days have arrived.
    :param tag_keys: the tags that a line with an owner has, all of them.
    :param precedence: the sources' names, the one that counts first before the others.
    """
    spans = known_spans(known)
    if not spans:
        return Spent()
    with purchases(
        session,
        lake,
        as_of,
        first_day=min(one.first_day for one in spans.values()),
        end_day=max(one.recent.last_day for one in spans.values()) + DAY,
        precedence=precedence,
    ) as con:
        bought = bought_in_spans(con, spans)
        daily = bought_by_day(con, spans)
    changes, problems = _changes(bought, spans)
    return Spent(
        scores=scores(session, lake, as_of, spans, tag_keys=tag_keys, precedence=precedence),
        changes=changes,
        unit_costs=unit_costs(bought, spans),
        repriced=_repriced(daily),
        problems=problems,
    )


def _changes(
    bought: Mapping[tuple[str, str, str], Lines], spans: Mapping[str, Known]
) -> tuple[list[SeriesChange], list[str]]:
    found, problems = [], []
    for currency, one in spans.items():
        try:
            changes = changes_of(bought, {currency: one})
        except NotBought as error:
            problems.append(f"changes of {currency} cannot be split: {error}")
            continue
        found += [change for change in changes if _held(change)]
    return found, problems


def _held(change: SeriesChange) -> bool:
    """Whether the warehouse has the digits for every amount."""
    split = change.split
    parts = (split.quantity, split.mix, split.price, split.other)
    return all(exact.fits(one) for one in (change.cost_before, change.cost_after, *parts))


def _repriced(daily: pd.DataFrame) -> list[Repriced]:
    columns = {"item_id": "sku", "charge_day": "day"}
    firsts = daily.drop_duplicates("item_id")[["item_id", *ITEM]].itertuples(index=False, name=None)
    items = {item_id: values for item_id, *values in firsts}
    found = []
    for change in price_changes(daily.rename(columns=columns)):
        before, after, effect = map(_rounded, (change.before, change.after, change.effect))
        if before is None or after is None or effect is None:
            continue
        told = (value if isinstance(value, str) else None for value in items[change.sku])
        item = dict(zip(ITEM, told, strict=True))
        found.append(Repriced(item, replace(change, before=before, after=after, effect=effect)))
    return found


def _rounded(value: Decimal) -> Decimal | None:
    """To twelve digits and 24 decimals; None where the warehouse has no room for it."""
    if not exact.fits(value):
        return None
    return _WIDE.quantize(_TWELVE_DIGITS.plus(value), Decimal(1).scaleb(-exact.DECIMALS))
