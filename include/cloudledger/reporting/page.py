"""What the ledger's pages show, read through the warehouse's port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count, groupby
from typing import Any

from cloudledger import exact
from cloudledger.focus.columns import MEASURES, SPLIT
from cloudledger.reporting.cost import COSTS
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
SHEET_ROWS = 50
COMPARED = (*MEASURES, "lines")
"""The measures that a day is reconciled by."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a long list; ``total`` counts the list's rows, ``number`` starts at 1; every page
    but the last has ``size`` rows."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = SHEET_ROWS

    @property
    def pages(self) -> int:
        """How many pages the list has, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """Every provider's totals in one currency, and their sums by cost."""

    currency: str
    providers: Sequence[Row]
    sums: Mapping[str, Decimal]
    lines: int


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """One object: its row in the ledger, the version that waits or failed, its control totals."""

    standing: Row | None
    waiting: Row | None
    totals: Sequence[Row]


@dataclass(frozen=True, slots=True)
class QualityPage:
    """The newest runs' counts, and what the chosen one found; ``chosen`` is None without runs."""

    runs: Sequence[Row]
    chosen: Row | None
    results: Sequence[Row]
    focus_days: Sequence[Row]
    focus_failures: Sequence[Row]


def _rows(session: Session, name: str, **binds: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = session.query(
        statement(f"reporting/page_{name}"), **binds
    ).to_pylist()
    return rows


def _sheet(session: Session, name: str, number: int, **binds: object) -> Sheet:
    rows = _rows(
        session,
        name,
        first_row=(number - 1) * SHEET_ROWS + 1,
        last_row=number * SHEET_ROWS,
        **binds,
    )
    return Sheet(rows, number, rows[0]["total"] if rows else 0)


def every_row(read: Callable[[int], Sheet]) -> Iterator[Row]:
    """The rows of all pages of a long list; ``read`` gives a page by its number."""
    for number in count(1):
        sheet = read(number)
        yield from sheet.rows
        if number >= sheet.pages:
            return


def verdict(session: Session) -> Row:
    """The whole ledger in one row: figures compared and differing, days pending, objects, lines."""
    return _rows(session, "verdict")[0]


def totals(session: Session) -> list[CurrencyTotals]:
    """Published cost by currency and provider; currencies are never added to one another."""
    rows = sorted(_rows(session, "totals"), key=lambda row: row["billing_currency"])
    return [
        CurrencyTotals(
            currency,
            group,
            {cost: exact.total(_beside_splits(group, cost)) for cost in COSTS},
            sum(row["line_count"] for row in group),
        )
        for currency, group in (
            (currency, list(members))
            for currency, members in groupby(rows, key=lambda row: str(row["billing_currency"]))
        )
    ]


def _beside_splits(rows: Sequence[Row], cost: str) -> list[Decimal]:
    """The providers' amounts, without what only splits them."""
    return [row[cost] or Decimal(0) for row in rows if row["provider_name"] != SPLIT]


def sources(session: Session) -> list[str]:
    """The sources that the ledger knows."""
    return [row["source"] for row in _rows(session, "sources")]


def providers(session: Session) -> list[str]:
    """The providers whose days are reconciled."""
    return [row["provider"] for row in _rows(session, "providers")]


def objects(
    session: Session, *, source: str = "", state: str = "", uri: str = "", number: int = 1
) -> Sheet:
    """Objects, newest delivery first; ``uri`` finds a part of it, in any case."""
    return _sheet(session, "objects", number, source_name=source, object_state=state, uri_part=uri)


def one_object(session: Session, object_id: str) -> ObjectPage:
    """One object as it stands and as it waits."""
    standing = _rows(session, "object", object_id=object_id)
    waiting = _rows(session, "object_waiting", object_id=object_id)
    return ObjectPage(
        standing=standing[0] if standing else None,
        waiting=waiting[0] if waiting else None,
        totals=_rows(session, "object_totals", object_id=object_id),
    )


def set_aside(
    session: Session, *, source: str = "", object_id: str = "", reason: str = "", number: int = 1
) -> Sheet:
    """Lines in quarantine, of the newest deliveries first."""
    return _sheet(
        session,
        "quarantine",
        number,
        source_name=source,
        object_id=object_id,
        reason_part=reason,
    )


def reconciliation(
    session: Session, *, measure: str = MEASURES[0], provider: str = "", number: int = 1
) -> Sheet:
    """One measure by provider's day and currency, days that differ on top."""
    return _sheet(session, "reconciliation", number, measure=measure, provider_name=provider)


def displaced(
    session: Session, *, measure: str = MEASURES[0], provider: str = "", number: int = 1
) -> Sheet:
    """One measure of the lines that do not count, by object and day, with the reason."""
    return _sheet(session, "displaced", number, measure=measure, provider_name=provider)


def corrections(session: Session, *, status: str = "", number: int = 1) -> Sheet:
    """Corrections with both of their ends, unresolved ones on top."""
    return _sheet(session, "corrections", number, link_status=status)


def changes(session: Session, *, source: str = "", number: int = 1) -> Sheet:
    """What redeliveries changed, newest first; each row with its differences, after less before."""
    sheet = _sheet(session, "changes", number, source_name=source)
    return replace(sheet, rows=[{**row, **_differences(row)} for row in sheet.rows])


def _differences(row: Row) -> dict[str, Decimal | int | None]:
    def more(name: str) -> Decimal | None:
        before, after = row[f"{name}_before"], row[f"{name}_after"]
        return None if before is None or after is None else exact.subtract(after, before)

    return {
        "billed_cost_difference": more("billed_cost"),
        "effective_cost_difference": more("effective_cost"),
        "lines_difference": row["lines_after"] - row["lines_before"],
    }


def quality(session: Session, *, run_id: str = "", stage: str = "") -> QualityPage:
    """The newest runs, and the results of the chosen one (default: the newest)."""
    runs = _rows(session, "quality_runs")
    chosen = next(
        (run for run in runs if run_id in ("", run["run_id"]) and stage in ("", run["stage"])),
        None,
    )
    results = (
        _rows(session, "quality", run_id=chosen["run_id"], stage=chosen["stage"]) if chosen else []
    )
    return QualityPage(
        runs,
        chosen,
        results,
        focus_days=_rows(session, "focus_days"),
        focus_failures=_rows(session, "focus_failures"),
    )
