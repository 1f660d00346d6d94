"""Control totals: exact sums straight from the delivered text, apart from any mapping.

``sql/focus`` has no part in them, so a broken mapping, a dropped or a doubled line in it shows as
a difference between these and the lake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa

from cloudledger import exact
from cloudledger.exact import WHOLE_DIGITS
from cloudledger.focus.columns import NO_CURRENCY
from cloudledger.reports.check import CURRENCY_BYTES, INSTANT
from cloudledger.reports.declared import ReportFormat, Term
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.mend import BATCH, odd
from cloudledger.reports.numbers import Number, plain, read_number
from cloudledger.sql import identifier, literal

SCHEMA = pa.schema(
    [
        ("kept", pa.bool_()),
        ("charge_day", pa.date32()),
        ("billing_currency", pa.string()),
        ("measure", pa.string()),
        ("amount", pa.decimal128(38, 24)),
        ("rounding", pa.string()),
        ("lines", pa.int64()),
    ]
)
_Group = tuple[bool, date | None, str]
_Sums = defaultdict[tuple[_Group, str], Decimal]


def sum_raw_text(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    digits: Mapping[str, int],
    records: int,
    where: str,
) -> pa.Table:
    """Sums per (kept, charge_day, billing_currency, measure) over ``raw_text``.

    ``amount`` sums every number as DECIMAL(38,24) holds it, ``rounding`` (plain text) what that
    leaves out, so ``amount + rounding`` is exactly what the file says. A quantity longer than
    ``digits`` (see :func:`cloudledger.reports.digits.digits_held`) is ``rounding`` alone; a cell
    that is no number, or a cost too long for one, adds nothing. ``lines`` counts the group's
    records, the same for each measure; records that have no cells stand under no day and currency
    XXX, as do cells that are too long for a currency.

    :raises UnreadableReport: a day's costs need more than 14 digits before the decimal point.
    """
    try:
        amounts, lines = _plain_sums(con, report_format, digits)
        rounding = _add_odd_cells(con, report_format, digits, amounts)
        broken = records - sum(lines.values())
        if broken:
            lines[False, None, NO_CURRENCY] = lines.get((False, None, NO_CURRENCY), 0) + broken
        rows = [
            {
                "kept": group[0],
                "charge_day": group[1],
                "billing_currency": group[2],
                "measure": measure,
                "amount": amounts[group, measure],
                "rounding": plain(rounding[group, measure]),
                "lines": count,
            }
            for group, count in sorted(lines.items(), key=str)
            for measure in report_format.controls
        ]
        return pa.Table.from_pylist(rows, SCHEMA)
    except (duckdb.OutOfRangeException, pa.ArrowInvalid) as error:
        raise UnreadableReport(
            where,
            f"a cost of one day and currency adds up to more than {WHOLE_DIGITS} digits before the "
            "decimal point",
            "Mend the costs that are too high",
        ) from error


def _group_columns(report_format: ReportFormat) -> str:
    start = identifier(report_format.charge_start)
    currency = identifier(report_format.currency)
    return f"""
        record_number NOT IN (SELECT record_number FROM raw_set_aside) AS kept,
        CASE WHEN regexp_full_match({start}, {literal(INSTANT)})
            THEN CAST(TRY_CAST({start} AS TIMESTAMPTZ) AS DATE) END AS charge_day,
        CASE WHEN strlen({currency}) <= {CURRENCY_BYTES} THEN {currency} ELSE '{NO_CURRENCY}'
            END AS billing_currency"""


def _plain_sums(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, digits: Mapping[str, int]
) -> tuple[_Sums, dict[_Group, int]]:
    by_name = {column.name: column for column in report_format.columns}
    terms = [(measure, term) for measure, parts in report_format.controls.items() for term in parts]
    sums = ", ".join(
        f"sum(CASE WHEN NOT ({odd(by_name[term.column], digits.get(term.column, WHOLE_DIGITS))}) "
        f"AND ({term.where or 'TRUE'}) THEN CAST({identifier(term.column)} AS DECIMAL(38, 24)) END)"
        for _, term in terms
    )
    rows = con.execute(
        f"SELECT {_group_columns(report_format)}, count(*), {sums} FROM raw_text GROUP BY ALL"
    ).fetchall()
    amounts: _Sums = defaultdict(Decimal)
    lines: dict[_Group, int] = {}
    for kept, day, currency, count, *found in rows:
        lines[kept, day, currency] = count
        for (measure, term), amount in zip(terms, found, strict=True):
            key = ((kept, day, currency), measure)
            amounts[key] = exact.add(amounts[key], _signed(term, amount or Decimal(0)))
    return amounts, lines


def _add_odd_cells(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    digits: Mapping[str, int],
    amounts: _Sums,
) -> _Sums:
    """Add to ``amounts`` what only the exact reading tells; the rests that it leaves out."""
    by_name = {column.name: column for column in report_format.columns}
    rests: _Sums = defaultdict(Decimal)
    terms = [(measure, term) for measure, parts in report_format.controls.items() for term in parts]
    for measure, term in terms:
        name = term.column
        cursor = con.execute(
            f"SELECT {_group_columns(report_format)}, {identifier(name)} FROM raw_text "
            f"WHERE {odd(by_name[name], digits.get(name, WHOLE_DIGITS))} "
            f"AND ({term.where or 'TRUE'})"
        )
        while rows := cursor.fetchmany(BATCH):
            for *group, text in rows:
                number = read_number(text, digits.get(name))
                if isinstance(number, Number):
                    key = ((group[0], group[1], group[2]), measure)
                    kept = _signed(term, number.kept or Decimal(0))
                    amounts[key] = exact.add(amounts[key], kept)
                    rests[key] = exact.add(rests[key], _signed(term, number.rest))
    return rests


def _signed(term: Term, amount: Decimal) -> Decimal:
    return amount.copy_negate() if term.negative else amount
