"""A first look at a block's cells: whether any needs more than a plain cast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from cloudledger.exact import WHOLE_DIGITS
from cloudledger.focus.columns import QUANTITIES
from cloudledger.focus.repeating import Cells
from cloudledger.reports.check import CURRENCY_BYTES, not_an_instant
from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.mend import BATCH, odd
from cloudledger.reports.numbers import Number, read_number
from cloudledger.sql import identifier


@dataclass(frozen=True, slots=True)
class Look:
    """What one pass over ``raw_text`` found.

    ``records`` counts it; ``broken``: a value is missing somewhere, an instant or a currency is
    none; ``odd`` are the columns with a cell that is not left to a plain cast; ``magnitudes`` sum
    the numbers of each raw column that a quantity is the sum of, without their signs.
    """

    records: int
    broken: bool
    odd: frozenset[str]
    magnitudes: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Sign:
    """A condition over a column's cells that says that they need more than a plain cast."""

    column: RawColumn
    condition: str
    odd: bool


def look(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    digits: Mapping[str, int],
    cells: Cells,
    cells_of: Mapping[str, frozenset[str]],
) -> Look:
    """Look at ``raw_text``, defined over ``raw_cells``, which are the ``cells``.

    ``cells_of`` says which of them a column is made of: what repeats in them is looked at once.
    ``digits``: see :mod:`cloudledger.reports.digits`.
    """
    summed = summed_columns(report_format)
    once: list[_Sign] = []
    each: list[_Sign] = []
    texts: dict[str, pa.Array] = {}
    for sign in _signs(report_format, digits):
        known = {cell: cells.repeating(cell) for cell in cells_of[sign.column.name]}
        if not known or None in known.values() or sign.column.name in summed:
            each.append(sign)
        else:
            once.append(sign)
            texts |= {cell: text.dictionary for cell, text in known.items() if text is not None}
    signs = []
    if once:
        con.register("raw_cells", cells.beside(texts))
        signs += _shown(once, con.execute(_looking(once)).fetchall()[0])
        con.register("raw_cells", cells.table)
    sizes = {name: _size(name, each, "{}") for name in summed}
    try:
        row = con.execute(_looking(each, ["count(*)", *sizes.values()])).fetchall()[0]
    except duckdb.OutOfRangeException:  # more than fits by far, yet it must be told what it is
        sizes = {name: _size(name, each, "ceil({})") for name in summed}
        row = con.execute(_looking(each, ["count(*)", *sizes.values()])).fetchall()[0]
    signs += _shown(each, row)
    records, *found = row[len(each) :]
    magnitudes = dict(zip(summed, map(Decimal, found), strict=True))
    odd_ones = {sign.column for sign in signs if sign.odd}
    for column in odd_ones:
        if column.name in magnitudes:
            magnitudes[column.name] += _odd_magnitude(con, column, digits)
    return Look(
        records=records,
        broken=not all(sign.odd for sign in signs),
        odd=frozenset(column.name for column in odd_ones),
        magnitudes=magnitudes,
    )


def _signs(report_format: ReportFormat, digits: Mapping[str, int]) -> Iterator[_Sign]:
    for column in report_format.columns:
        name = identifier(column.name)
        is_currency = column.name == report_format.currency
        if column.filled or is_currency:
            yield _Sign(column, f"{name} IS NULL", odd=False)
        if is_currency:
            yield _Sign(column, f"strlen({name}) > {CURRENCY_BYTES}", odd=False)
        if column.kind is RawKind.INSTANT:
            yield _Sign(column, not_an_instant(column.name), odd=False)
        if column.kind in (RawKind.DECIMAL, RawKind.TAGS):
            yield _Sign(column, odd(column, digits.get(column.name, WHOLE_DIGITS)), odd=True)


def _looking(signs: Sequence[_Sign], more: Sequence[str] = ()) -> str:
    """The statement that tells of each sign whether any record shows it."""
    flags = "".join(f", {sign.condition} AS shown_{at}" for at, sign in enumerate(signs))
    asked = [f"coalesce(bool_or(shown_{at}), FALSE)" for at in range(len(signs))]
    return f"SELECT {', '.join([*asked, *more])} FROM (SELECT *{flags} FROM raw_text)"


def _shown(signs: Sequence[_Sign], row: Sequence[Any]) -> list[_Sign]:
    return [sign for sign, shown in zip(signs, row[: len(signs)], strict=True) if shown]


def _size(name: str, signs: Sequence[_Sign], form: str) -> str:
    """The sum of a column's plain cells without their signs."""
    (at,) = (at for at, sign in enumerate(signs) if sign.odd and sign.column.name == name)
    amount = form.format(f"abs(CAST({identifier(name)} AS DECIMAL(38, 24)))")
    return f"coalesce(sum(CASE WHEN NOT shown_{at} THEN {amount} END), 0)"


def summed_columns(report_format: ReportFormat) -> list[str]:
    """The raw columns that the quantities are sums of, in order."""
    costs = {column.name for column in report_format.columns if column.is_cost}
    terms = {
        term.column for measure in QUANTITIES for term in report_format.controls.get(measure, ())
    }
    return sorted(terms - costs)


def _odd_magnitude(
    con: duckdb.DuckDBPyConnection, column: RawColumn, digits: Mapping[str, int]
) -> Decimal:
    held = digits.get(column.name, WHOLE_DIGITS)
    name = identifier(column.name)
    cursor = con.execute(f"SELECT {name} FROM raw_text WHERE {odd(column, held)}")
    total = Decimal(0)
    while rows := cursor.fetchmany(BATCH):
        for (text,) in rows:
            number = read_number(text, held)
            if isinstance(number, Number) and number.kept is not None:
                total += number.kept.copy_abs().to_integral_value("ROUND_CEILING")
    return total
