"""Control totals: exact sums straight from the delivered text, apart from any mapping.

``sql/focus`` has no part in them, so a broken mapping, a dropped or a doubled line in it shows as
a difference between these and the lake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb

from cloudledger import exact
from cloudledger.exact import WHOLE_DIGITS
from cloudledger.focus.columns import NO_CURRENCY
from cloudledger.reports.check import CURRENCY_BYTES, INSTANT
from cloudledger.reports.declared import ReportFormat, Term
from cloudledger.reports.mend import BATCH, odd
from cloudledger.reports.numbers import Number, read_number
from cloudledger.reports.raw import KEPT
from cloudledger.sql import identifier, literal


class Group(NamedTuple):
    """The records that one sum is over."""

    kept: bool
    charge_day: date | None
    billing_currency: str


NO_GROUP = Group(False, None, NO_CURRENCY)
"""Where records that have no cells are counted, and cells that are too long for a currency."""


@dataclass(frozen=True, slots=True)
class Control:
    """One measure of one group.

    ``amount`` sums every number as DECIMAL(38,24) holds it, ``rounding`` what that leaves out, so
    ``amount + rounding`` is exactly what the file says. ``lines`` counts the group's records.
    """

    group: Group
    measure: str
    amount: Decimal
    rounding: Decimal
    lines: int


@dataclass(frozen=True, slots=True)
class ControlSums:
    """The sums of some records, to which those of others can be added."""

    measures: tuple[str, ...]
    amounts: defaultdict[tuple[Group, str], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    rounding: defaultdict[tuple[Group, str], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    lines: defaultdict[Group, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, other: ControlSums) -> None:
        """Add the sums of other records."""
        for sums, more in ((self.amounts, other.amounts), (self.rounding, other.rounding)):
            for key, amount in more.items():
                sums[key] = exact.add(sums[key], amount)
        for group, lines in other.lines.items():
            self.lines[group] += lines

    def __iter__(self) -> Iterator[Control]:
        for group, lines in sorted(self.lines.items(), key=str):
            for measure in self.measures:
                key = (group, measure)
                amount = self.amounts.get(key, Decimal(0))
                rounding = self.rounding.get(key, Decimal(0))
                yield Control(group, measure, amount, rounding, lines)


def sum_raw_text(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    digits: Mapping[str, int],
    odd_columns: Collection[str],
    *,
    set_aside: bool,
) -> ControlSums:
    """The sums of ``raw_text``.

    A quantity longer than ``digits`` (see :mod:`cloudledger.reports.digits`) is ``rounding`` alone;
    a cell that is no number, or a cost too long for one, adds nothing. ``odd_columns``: those with
    a cell that is not left to a plain cast; ``set_aside``: whether ``raw_set_aside`` names any.
    """
    sums = ControlSums(tuple(report_format.controls))
    terms = [(measure, term) for measure, parts in report_format.controls.items() for term in parts]
    by_name = {column.name: column for column in report_format.columns}
    odd_cells = {
        name: odd(by_name[name], digits.get(name, WHOLE_DIGITS))
        for name in {term.column for _, term in terms}
        if name in odd_columns
    }
    amounts = [_plain_amount(term, odd_cells) for _, term in terms]
    kept = KEPT if set_aside else "TRUE"
    for group, lines, found in _plain_sums(con, report_format, list(dict.fromkeys(amounts)), kept):
        sums.lines[group] += lines
        for (measure, term), amount in zip(terms, amounts, strict=True):
            key = (group, measure)
            sums.amounts[key] = exact.add(sums.amounts[key], _signed(term, found[amount]))
    for measure, term in terms:
        if term.column in odd_cells:
            condition = _all_of(odd_cells[term.column], term.where)
            for group, text in _odd_cells(con, report_format, term.column, condition, kept):
                number = read_number(text, digits.get(term.column))
                if isinstance(number, Number):
                    key = (group, measure)
                    held = _signed(term, number.kept or Decimal(0))
                    sums.amounts[key] = exact.add(sums.amounts[key], held)
                    rest = _signed(term, number.rest)
                    sums.rounding[key] = exact.add(sums.rounding[key], rest)
    return sums


def _plain_amount(term: Term, odd_cells: Mapping[str, str]) -> str:
    amount = f"CAST({identifier(term.column)} AS DECIMAL(38, 24))"
    plain = f"NOT ({odd_cells[term.column]})" if term.column in odd_cells else ""
    condition = _all_of(plain, term.where)
    return f"CASE WHEN {condition} THEN {amount} END" if condition else amount


def _all_of(*conditions: str) -> str:
    return " AND ".join(f"({condition})" for condition in conditions if condition)


def _plain_sums(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, amounts: list[str], kept: str
) -> Iterator[tuple[Group, int, dict[str, Decimal]]]:
    """By group: the number of records, and the sum of each amount.

    Days and currencies are told of each distinct instant and currency, not of each record.
    """
    start, currency = identifier(report_format.charge_start), identifier(report_format.currency)
    groups = _group_columns("starts", "currency")

    def rows(parts: list[str]) -> list[tuple[Any, ...]]:
        sums = "".join(f", sum({part}) AS sum_{at}" for at, part in enumerate(parts))
        again = "".join(f", sum(sum_{at})" for at in range(len(parts)))
        return con.execute(
            f"SELECT kept, {groups}, sum(lines){again} FROM (SELECT {kept} AS kept, "
            f"{start} AS starts, {currency} AS currency, count(*) AS lines{sums} "
            "FROM raw_text GROUP BY ALL) GROUP BY ALL"
        ).fetchall()

    try:
        found = rows(amounts)
    except duckdb.OutOfRangeException:  # on the way to a sum that may fit
        whole = [f"trunc({amount})" for amount in amounts]
        found = rows([*whole, *(f"({amount}) - trunc({amount})" for amount in amounts)])
    for of_kept, day, code, lines, *sums in found:
        totals = {
            amount: exact.total(Decimal(part or 0) for part in sums[at :: len(amounts)])
            for at, amount in enumerate(amounts)
        }
        yield Group(of_kept, day, code), int(lines), totals


def _odd_cells(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    column: str,
    condition: str,
    kept: str,
) -> Iterator[tuple[Group, str]]:
    start, currency = identifier(report_format.charge_start), identifier(report_format.currency)
    cursor = con.execute(
        f"SELECT {kept}, {_group_columns(start, currency)}, {identifier(column)} FROM raw_text "
        f"WHERE {condition}"
    )
    while rows := cursor.fetchmany(BATCH):
        for of_kept, day, code, text in rows:
            yield Group(of_kept, day, code), text


def _group_columns(start: str, currency: str) -> str:
    return (
        f"CASE WHEN regexp_full_match({start}, {literal(INSTANT)}) "
        f"THEN CAST(TRY_CAST({start} AS TIMESTAMPTZ) AS DATE) END AS charge_day, "
        f"CASE WHEN strlen({currency}) <= {CURRENCY_BYTES} THEN {currency} "
        f"ELSE '{NO_CURRENCY}' END AS billing_currency"
    )


def _signed(term: Term, amount: Decimal) -> Decimal:
    return amount.copy_negate() if term.negative else amount
