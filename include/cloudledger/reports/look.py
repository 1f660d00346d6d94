"""A first look at a block's cells: whether any needs more than a plain cast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from cloudledger.exact import WHOLE_DIGITS
from cloudledger.focus.columns import QUANTITIES
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


def look(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, digits: Mapping[str, int]
) -> Look:
    """Look at ``raw_text``; ``digits``: see :mod:`cloudledger.reports.digits`."""
    decimals = report_format.of(RawKind.DECIMAL)
    filled = [column.name for column in report_format.columns if column.filled]
    summed = summed_columns(report_format)
    flags = ", ".join(
        f"{odd(column, digits.get(column.name, WHOLE_DIGITS))} AS odd_{at}"
        for at, column in enumerate(decimals)
    )
    at_of = {column.name: at for at, column in enumerate(decimals)}
    currency = identifier(report_format.currency)
    parts = ["count(*)", f"count({currency})", f"coalesce(max(strlen({currency})), 0)"]
    parts += [f"count({identifier(name)})" for name in filled]
    parts += [f"count_if(odd_{at})" for at in range(len(decimals))]
    source = f"FROM (SELECT *{', ' + flags if flags else ''} FROM raw_text)"

    def sizes(amount: str) -> list[str]:
        return [
            f"coalesce(sum(CASE WHEN NOT odd_{at_of[name]} THEN "
            + amount.format(f"abs(CAST({identifier(name)} AS DECIMAL(38, 24)))")
            + " END), 0)"
            for name in summed
        ]

    try:
        row = con.execute(f"SELECT {', '.join(parts + sizes('{}'))} {source}").fetchall()[0]
    except duckdb.OutOfRangeException:  # more than fits by far, yet it must be told what it is
        row = con.execute(f"SELECT {', '.join(parts + sizes('ceil({})'))} {source}").fetchall()[0]
    records, currencies, longest, *rest = row
    full, counts = rest[: len(filled)], rest[len(filled) : len(filled) + len(decimals)]
    found = {column.name for column, count in zip(decimals, counts, strict=True) if count}
    instants, tags = _distinct(con, report_format)
    broken = currencies < records or longest > CURRENCY_BYTES or instants
    magnitudes = dict(zip(summed, map(Decimal, rest[len(filled) + len(decimals) :]), strict=True))
    for name in found & magnitudes.keys():
        magnitudes[name] += _odd_magnitude(con, decimals[at_of[name]], digits)
    return Look(
        records=records,
        broken=bool(broken or any(count < records for count in full)),
        odd=frozenset(found | tags),
        magnitudes=magnitudes,
    )


def summed_columns(report_format: ReportFormat) -> list[str]:
    """The raw columns that the quantities are sums of, in order."""
    costs = {column.name for column in report_format.columns if column.is_cost}
    terms = {
        term.column for measure in QUANTITIES for term in report_format.controls.get(measure, ())
    }
    return sorted(terms - costs)


def _distinct(con: duckdb.DuckDBPyConnection, report_format: ReportFormat) -> tuple[bool, set[str]]:
    """Whether any instant is none, and the columns of tags with an odd cell.

    Such cells repeat from line to line, and are dear to look at: each one is looked at once.
    """
    instants = report_format.of(RawKind.INSTANT)
    tags = report_format.of(RawKind.TAGS)
    asked = [(column, not_an_instant(column.name)) for column in instants]
    asked += [(column, odd(column)) for column in tags]
    if not asked:
        return False, set()
    found = con.execute(
        "SELECT "
        + ", ".join(
            f"(SELECT count(*) FROM (SELECT DISTINCT {identifier(column.name)} FROM raw_text) "
            f"WHERE {condition})"
            for column, condition in asked
        )
    ).fetchall()[0]
    return any(found[: len(instants)]), {
        column.name for column, count in zip(tags, found[len(instants) :], strict=True) if count
    }


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
