"""How long a quantity or unit price may be to stay a number; what is longer stays as text."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from cloudledger.exact import WHOLE_DIGITS
from cloudledger.focus.columns import QUANTITIES
from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.mend import BATCH, odd
from cloudledger.reports.numbers import Number, read_number
from cloudledger.sql import identifier


def digits_held(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, records: int
) -> dict[str, int]:
    """Raw column, no cost -> the digits before the decimal point that a number in it may have.

    14, as DECIMAL(38,24) has, unless the quantities of ``raw_text`` would not add up in it: then
    14 less the digits of ``records``, few enough for any sum over them.
    """
    held = {
        column.name: WHOLE_DIGITS
        for column in report_format.of(RawKind.DECIMAL)
        if not column.is_cost
    }
    by_name = {column.name: column for column in report_format.columns}
    summed = {
        term.column for measure in QUANTITIES for term in report_format.controls.get(measure, ())
    }
    for name in sorted(summed):
        if _magnitude(con, by_name[name]) >= 10**WHOLE_DIGITS:
            held[name] = WHOLE_DIGITS - len(str(records))
    return held


def _magnitude(con: duckdb.DuckDBPyConnection, column: RawColumn) -> Decimal:
    """The sum of the numbers without their signs, each rounded up where that is quicker.

    Without signs: a sum that only fits in one order of its terms does not fit.
    """
    name = identifier(column.name)
    plain, read = con.execute(
        f"SELECT coalesce(sum(CASE WHEN NOT ({odd(column)}) "
        f"THEN ceil(abs(CAST({name} AS DECIMAL(38, 24)))) END), 0), "
        f"count_if({odd(column)}) FROM raw_text"
    ).fetchall()[0]
    found = Decimal(plain)
    if not read:
        return found
    cursor = con.execute(f"SELECT {name} FROM raw_text WHERE {odd(column)}")
    while rows := cursor.fetchmany(BATCH):
        for (text,) in rows:
            number = read_number(text, WHOLE_DIGITS)
            if isinstance(number, Number) and number.kept is not None:
                found += number.kept.copy_abs().to_integral_value("ROUND_CEILING")
    return found
