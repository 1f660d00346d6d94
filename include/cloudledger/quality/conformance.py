"""Judge lines by the column rules of FOCUS 1.2: one statement over any number of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from cloudledger.focus.columns import DUCKDB_TYPE, Kind
from cloudledger.quality.focus_breaks import COLUMN_KIND, KIND_NAMES, breaks
from cloudledger.quality.focus_rules import Asks, Level, Rule, focus_rules
from cloudledger.sql import identifier, literal

FOUND = "STRUCT(rule VARCHAR, lines BIGINT, example VARCHAR)[]"


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule, how many lines break it, and where one of them stands; no example where it is the
    column that is missing or of another type."""

    rule: Rule
    lines: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of a provider's day."""

    provider: str
    day: date
    lines: int
    rules: int
    broken: tuple[Broken, ...]

    def of(self, level: Level) -> tuple[Broken, ...]:
        """The broken rules of one level."""
        return tuple(one for one in self.broken if one.rule.level is level)


def judge(
    con: duckdb.DuckDBPyConnection, relation: str, rules: Sequence[Rule] | None = None
) -> tuple[Judged, ...]:
    """Judge the lines of ``relation`` by provider and day, in that order.

    A column that is missing, or of another type than the rules ask for, breaks that rule on every
    line; the other rules that look at it are not asked then.

    :param relation: columns ``provider``, ``day``, ``x_object_id``, ``x_record_number``,
        ``x_exact`` and the FOCUS columns.
    :param rules: those to judge by; all of FOCUS 1.2 when not given.
    """
    asked = focus_rules() if rules is None else tuple(rules)
    described = con.execute(f"DESCRIBE {relation}").fetchall()
    types = {str(name): str(kind) for name, kind, *_ in described}
    missing = tuple(
        rule for rule in asked if rule.asks is Asks.PRESENT and rule.column not in types
    )
    mistyped = tuple(
        rule for rule in asked if rule.asks is Asks.TYPE and not _is_of_type(rule, types)
    )
    left_out = {rule.column for rule in (*missing, *mistyped)}
    judged = [
        rule
        for rule in asked
        if rule.asks not in (Asks.PRESENT, Asks.TYPE)
        and not left_out & {name for name in COLUMN_KIND if name in _read(rule)}
    ]
    rows = con.execute(_statement(relation, judged)).fetchall()
    unasked = (*missing, *mistyped)
    return tuple(
        Judged(provider, day, lines, len(asked), tuple(_broken(unasked, judged, lines, found)))
        for provider, day, lines, found in rows
    )


def _broken(
    unasked: Sequence[Rule], judged: Sequence[Rule], lines: int, found: Sequence[dict[str, Any]]
) -> Iterator[Broken]:
    for rule in unasked:
        yield Broken(rule, lines)
    by_rule = {one["rule"]: one for one in found if one["lines"]}
    for rule in judged:
        if one := by_rule.get(rule.rule):
            yield Broken(rule, one["lines"], one["example"])


def _is_of_type(rule: Rule, types: Mapping[str, str]) -> bool:
    if rule.column not in types:
        return True
    kind = next(kind for kind, name in KIND_NAMES.items() if name == rule.argument)
    if kind is Kind.DECIMAL:
        return types[rule.column].startswith("DECIMAL")
    return types[rule.column] == DUCKDB_TYPE[kind]


def _read(rule: Rule) -> set[str]:
    """Every column that a rule looks at."""
    named = set(rule.condition.split())
    return {rule.column, *rule.words} | named


def _statement(relation: str, judged: Sequence[Rule]) -> str:
    on_lines = [rule for rule in judged if rule.asks is not Asks.ONE]
    flags = "".join(
        f",\n        coalesce({breaks(rule)}, FALSE) AS b{number}"
        for number, rule in enumerate(on_lines)
    )
    # CASE and no FILTER: DuckDB filters each small batch of lines anew for each of the rules.
    counted = ",\n        ".join(
        _found(rule, f"count_if(b{number})", f"min(CASE WHEN b{number} THEN example END)")
        for number, rule in enumerate(on_lines)
    )
    parts = [
        "SELECT provider, day, count(*) AS lines, "
        f"CAST([{counted}] AS {FOUND}) AS found FROM flagged GROUP BY provider, day",
        *(_one_of_each(relation, rule) for rule in judged if rule.asks is Asks.ONE),
    ]
    return f"""
    WITH flagged AS (
        SELECT
        provider, day, x_object_id || ' record ' || x_record_number AS example{flags}
        FROM {relation}
    )
    SELECT provider, day, max(lines), flatten(list(found))
    FROM ({" UNION ALL ".join(parts)})
    GROUP BY provider, day ORDER BY provider, day"""


def _found(rule: Rule, lines: str, example: str) -> str:
    return f"{{'rule': {literal(rule.rule)}, 'lines': {lines}, 'example': {example}}}"


def _one_of_each(relation: str, rule: Rule) -> str:
    column = identifier(rule.column)
    where = f"WHERE {rule.condition}" if rule.condition else ""
    found = _found(
        rule,
        "coalesce(sum(lines) FILTER (WHERE many), 0)::BIGINT",
        "min(example) FILTER (WHERE many)",
    )
    return f"""
    SELECT provider, day, 0 AS lines, CAST([{found}] AS {FOUND}) AS found FROM (
        SELECT
            provider, day, count(*) AS lines,
            count(DISTINCT {identifier(rule.argument)}) <> 1 AS many,
            min(x_object_id || ' record ' || x_record_number) AS example
        FROM {relation} {where}
        GROUP BY provider, day, {column}
    ) GROUP BY provider, day"""
