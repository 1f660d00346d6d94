"""How money is spent, why cost changed and how it moves: the same figures for terminal and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.insights.dimensions import Kind
from cloudledger.reporting import page_format
from cloudledger.reporting.insights import Row, name_of
from cloudledger.reporting.page_trends import GROWTHS, Trends, trends
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

COMPARED = {"days_30": "30 days", "month": "month"}
EFFECTS = ("quantity_effect", "mix_effect", "price_effect", "other_effect")
UNKNOWN = {
    "commitments": "no line is of a commitment",
    "discount": "no line has a list price",
    "steadiness": "no events were looked for at this instant",
    "allocation": "no tag is kept",
}
"""Why a part of a score is not known; any of them also where a cost is zero or below."""


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What the newest run told: ``scores`` has a row for each part of a currency's score,
    ``changes`` one for each series and comparison, ``unit_costs`` and ``prices`` one each."""

    scores: Sequence[Row]
    changes: Sequence[Row]
    unit_costs: Sequence[Row]
    prices: Sequence[Row]

    @property
    def currencies(self) -> Mapping[str, Sequence[Row]]:
        """The parts of each currency's score, those that are known first."""
        by = groupby(self.scores, key=itemgetter("billing_currency"))
        return {name: list(rows) for name, rows in by}

    def shortened(self, most: int) -> Efficiency:
        """With the first, which are the largest, of each currency and comparison."""
        return Efficiency(
            self.scores,
            _first(self.changes, most, "billing_currency", "compared"),
            _first(self.unit_costs, most, "billing_currency"),
            _first(self.prices, most, "billing_currency"),
        )


@dataclass(frozen=True, slots=True)
class Moving:
    """A series and how it moves."""

    row: Row
    trends: Trends


def efficiency(session: Session, kind: Kind) -> Efficiency:
    """Everything that is kept of how money is spent; changes of the series of one kind."""
    return Efficiency(
        scores=_ordered(_rows(session, "efficiency")),
        changes=changes(session, kind),
        unit_costs=_rows(session, "unit_costs"),
        prices=_rows(session, "price_changes"),
    )


def changes(session: Session, kind: Kind) -> list[Row]:
    """Why the series of one kind cost more or less than before, the largest change first."""
    return _rows(session, "cost_changes", series_kind=kind.value)


def moving(session: Session, kind: Kind) -> list[Moving]:
    """How the series of one kind move."""
    rows = _rows(session, "trends", series_kind=kind.value)
    found = []
    for _, of_series in groupby(rows, key=itemgetter("series_id")):
        members = list(of_series)
        if told := trends(members):
            found.append(Moving(members[0], told))
    return found


def figures(found: Sequence[Moving]) -> list[dict[str, Any]]:
    """The measures of each series, as plain values."""
    return [
        {
            "series": name_of(one.row),
            "series_id": one.row["series_id"],
            "measured_day": one.row["measured_day"],
            "trends": one.trends,
        }
        for one in found
    ]


def show_efficiency(out: Console, found: Efficiency) -> None:
    """Scores with their parts, changes, unit costs and new prices; currencies apart."""
    if not found.scores:
        out.print("nothing is known of how money is spent: run cost_insights once")
        return
    for currency, parts in found.currencies.items():
        _show_score(out, currency, parts)
    _show_changes(out, found.changes)
    _show_unit_costs(out, found.unit_costs)
    _show_prices(out, found.prices)


def show_trends(out: Console, found: Sequence[Moving]) -> None:
    """Each series in a row, then how concentrated the cost is where that is told."""
    if not found:
        out.print("no trends are known: run cost_insights once")
        return
    numbers = {name: f"{name.removeprefix('growth_')} days" for name in GROWTHS}
    shown = grid("series", "dearest", "peak", **numbers, volatility="volatility", weekend="weekend")
    for one in found:
        told = one.trends
        shown.add_row(
            escape(name_of(one.row)),
            told.dearest[0] if told.dearest else page_format.NOTHING,
            page_format.day(told.peak_day),
            *(page_format.percent(told.growth.get(name)) for name in GROWTHS),
            page_format.percent(told.volatility),
            page_format.percent(told.weekend_ratio),
        )
    out.print(shown)
    for one in found:
        measures = {**one.trends.concentration, **one.trends.others}
        for measure, amount in measures.items():
            words = measure.replace("_", " ")
            out.print(f"{name_of(one.row)}: {words} {page_format.ratio(amount)}", markup=False)


def _show_score(out: Console, currency: str, parts: Sequence[Row]) -> None:
    first = parts[0]
    score = "not known" if first["score"] is None else f"{first['score']:.1f} of 100"
    known = sum(row["part_share"] is not None for row in parts)
    out.print(
        f"[bold]{escape(currency)}[/]: efficiency {score} by {known} of {len(parts)} parts, "
        f"{first['first_day']} to {first['last_day']}, "
        f"cost {page_format.money(first['effective_cost'])}",
        soft_wrap=True,
    )
    shown = grid("part", "", share="share", weight="weight", well="well spent", whole="of")
    for row in parts:
        why = UNKNOWN[row["part"]] if row["part_share"] is None else ""
        shown.add_row(
            row["part"],
            f"not known: {why}" if why else "",
            page_format.percent(row["part_share"]),
            page_format.percent(row["weight"]),
            page_format.money(row["part_cost"]),
            page_format.money(row["whole_cost"]),
        )
    out.print(shown)


def _show_changes(out: Console, rows: Sequence[Row]) -> None:
    if not rows:
        out.print("changes are not known: they take two whole spans of days that have arrived")
        return
    effects = {name: name.removesuffix("_effect") for name in EFFECTS}
    shown = grid("changed", "compared", before="before", after="after", change="change", **effects)
    for row in rows:
        shown.add_row(
            escape(name_of(row)),
            f"{COMPARED[row['compared']]} to {row['last_day']}",
            page_format.money(row["cost_before"]),
            page_format.money(row["cost_after"]),
            page_format.money(row["change_cost"]),
            *(page_format.money(row[name]) for name in EFFECTS),
        )
    out.print(shown)


def _show_unit_costs(out: Console, rows: Sequence[Row]) -> None:
    if not rows:
        out.print("unit costs are not known: no usage has a quantity")
        return
    shown = grid("service", "unit", cost="cost", each="a unit", before="before", change="change")
    for row in rows:
        shown.add_row(
            escape(name_of(row)),
            escape(row["unit"]),
            page_format.money(row["cost"]),
            price(row["cost_per_unit"]),
            price(row["cost_per_unit_before"]),
            page_format.percent(growth(row["cost_per_unit_before"], row["cost_per_unit"])),
        )
    out.print(shown)


def _show_prices(out: Console, rows: Sequence[Row]) -> None:
    if not rows:
        out.print("no unit price has changed")
        return
    shown = grid(
        "SKU", "service", "region", "unit", "from", before="was", after="is", cost="effect"
    )
    for row in rows:
        shown.add_row(
            escape(row["sku_id"]),
            escape(row["service_name"]),
            escape(row["region_id"] or page_format.NOTHING),
            escape(row["unit"]),
            page_format.day(row["change_day"]),
            price(row["price_before"]),
            price(row["price_after"]),
            f"{page_format.money(row['effect_cost'])} {row['billing_currency']}",
        )
    out.print(shown)


def price(value: Decimal | None) -> str:
    """A unit price to six significant digits: many are far below a cent."""
    if value is None:
        return page_format.NOTHING
    if not value:
        return "0"
    return page_format.exactly(round(value, max(2, 5 - value.adjusted())))


def growth(before: Decimal | None, now: Decimal) -> Decimal | None:
    """The change as a share of what was; None where that was nothing or is not known."""
    return None if before is None or before <= 0 else now / before - 1


def _ordered(rows: list[Row]) -> list[Row]:
    """Known parts first: engines order NULL weights each in its own way."""
    return sorted(rows, key=lambda row: (row["billing_currency"], -(row["weight"] or 0)))


def _first(rows: Sequence[Row], most: int, *by: str) -> list[Row]:
    return [row for _, of in groupby(rows, key=itemgetter(*by)) for row in islice(of, most)]


def _rows(session: Session, name: str, **binds: object) -> list[Row]:
    rows: list[Row] = session.query(statement(f"insights/{name}"), **binds).to_pylist()
    return rows
