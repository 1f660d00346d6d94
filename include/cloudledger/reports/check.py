"""What is wrong with single records, found on ``raw_text`` by what the format declares."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from cloudledger.focus.columns import COSTS
from cloudledger.reports.declared import RawKind, ReportFormat
from cloudledger.sql import identifier, literal

INSTANT = (
    "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
    "([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?UTC|Z|[+-][0-9]{2}(:[0-9]{2})?)?)?"
)
NOT_ZERO = "^[^eE]*[1-9]"
CURRENCY_BYTES = 32
"""What the warehouse keeps of a currency: ISO codes have three, national ones few more."""
SHOWN = 60
"""How much of a cell a reason repeats, in characters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one record cannot be kept."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Check:
    column: str
    condition: str
    reason: str


def find_problems(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, at_most: int
) -> dict[int, Problem]:
    """Record number -> the first problem: a missing value, a broken instant, no currency.

    At most ``at_most`` of them.
    """
    checks = _checks(report_format)
    cases = ", ".join(
        f"CASE WHEN {check.condition} THEN {{'check': {number}, "
        f"'cell': {identifier(check.column)}}} END"
        for number, check in enumerate(checks)
    )
    rows = con.execute(
        f"SELECT record_number, coalesce({cases}) AS problem FROM raw_text "
        f"WHERE problem IS NOT NULL LIMIT {at_most}"
    ).fetchall()
    return {number: _problem(checks[found["check"]], found["cell"]) for number, found in rows}


def _problem(check: _Check, cell: str | None) -> Problem:
    return Problem(check.column, check.reason if cell is None else said(check.reason, cell))


def said(reason: str, cell: str) -> str:
    """The reason with the cell it is about."""
    return f"{reason}: {cell if len(cell) <= SHOWN else cell[:SHOWN] + '...'}"


def not_an_instant(column: str) -> str:
    """The SQL condition under which a cell is no date and time of any kind that is read."""
    name = identifier(column)
    return (
        f"NOT regexp_full_match({name}, {literal(INSTANT)}) "
        f"OR ({name} IS NOT NULL AND TRY_CAST({name} AS TIMESTAMPTZ) IS NULL)"
    )


def _checks(report_format: ReportFormat) -> list[_Check]:
    checks = [
        _Check(column.name, f"{identifier(column.name)} IS NULL", "has no value")
        for column in report_format.columns
        if column.filled
    ]
    for column in report_format.of(RawKind.INSTANT):
        checks.append(_Check(column.name, not_an_instant(column.name), "is not a date and time"))
    costs = {term.column for cost in COSTS for term in report_format.controls.get(cost, ())}
    nonzero = [f"regexp_matches({identifier(cost)}, {literal(NOT_ZERO)})" for cost in sorted(costs)]
    any_cost = " OR ".join(nonzero) or "FALSE"
    checks.append(
        _Check(
            report_format.currency,
            f"{identifier(report_format.currency)} IS NULL AND ({any_cost})",
            "has no value on a line with a cost",
        )
    )
    checks.append(
        _Check(
            report_format.currency,
            f"strlen({identifier(report_format.currency)}) > {CURRENCY_BYTES}",
            "is too long for a currency",
        )
    )
    return checks


def find_repeats(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, at_most: int
) -> dict[int, Problem]:
    """Record number -> the earlier record, not set aside, whose reference it repeats."""
    name = identifier(report_format.reference or "")
    kept = "record_number NOT IN (SELECT record_number FROM raw_set_aside)"
    rows = con.execute(
        f"""
        SELECT record_number, min(record_number) OVER (PARTITION BY {name}) AS first
        FROM raw_text
        WHERE {kept} AND hash({name}) IN (
            SELECT hash({name}) FROM raw_text WHERE {name} IS NOT NULL AND {kept}
            GROUP BY ALL HAVING count(*) > 1
        )
        QUALIFY record_number > first LIMIT {at_most}
        """
    ).fetchall()
    return {number: repeats(report_format, first) for number, first in rows}


def repeats(report_format: ReportFormat, first: int) -> Problem:
    """What is wrong with a record whose reference is that of the record ``first``."""
    return Problem(report_format.reference or "", f"repeats the reference number of record {first}")
