"""The tables, views and columns that the Oracle migrations define, read from their text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.statements import Step

TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*)\)\s*$", re.DOTALL)
VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\s+SELECT(.*?)\nFROM", re.DOTALL)
SYNONYM = re.compile(r"CREATE OR REPLACE SYNONYM (\w+) FOR (\w+)$")
COLUMN = re.compile(r"(?P<name>\w+) (?P<type>\w+(?:\([^)]*\))?)(?P<rest>.*)", re.DOTALL)
KEY = re.compile(r"CONSTRAINT \w+ PRIMARY KEY \((?P<columns>[^)]*)\)")
CHECK = re.compile(r"CHECK \((?P<condition>.*)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    type: str
    required: bool
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Table:
    columns: dict[str, Column]
    key: tuple[str, ...]
    checks: frozenset[str]


def steps() -> list[Step]:
    return [step for migration in migrations("oracle") for step in migration.steps]


def statements() -> list[str]:
    return [step.statement for step in steps()]


def tables() -> dict[str, Table]:
    return tables_of(statements())


def views() -> dict[str, list[str]]:
    return views_of(statements())


def synonyms() -> dict[str, list[str]]:
    return synonyms_of(statements())


def tables_of(statements: Iterable[str]) -> dict[str, Table]:
    found = (TABLE.match(statement) for statement in statements)
    return {match[1]: _table(match[2]) for match in found if match}


def views_of(statements: Iterable[str]) -> dict[str, list[str]]:
    found = (VIEW.match(statement) for statement in statements)
    return {match[1]: [item.split()[-1] for item in _split(match[2])] for match in found if match}


def synonyms_of(statements: Iterable[str]) -> dict[str, list[str]]:
    """What DuckDB, which knows no synonym, has as a view of a whole table."""
    every = list(statements)
    tables = tables_of(every)
    found = (SYNONYM.match(statement) for statement in every)
    return {match[1]: list(tables[match[2]].columns) for match in found if match}


def squeezed(condition: str) -> str:
    return re.sub(r"[\s()]+", "", condition).lower()


def _table(body: str) -> Table:
    columns: dict[str, Column] = {}
    key: tuple[str, ...] = ()
    checks: set[str] = set()
    for item in _split(body):
        if match := KEY.match(item):
            key = tuple(name.strip() for name in match["columns"].split(","))
            continue
        if check := CHECK.search(item):
            checks.add(squeezed(check["condition"]))
        if item.startswith("CONSTRAINT"):
            continue
        match = COLUMN.match(item)
        assert match, item
        size = re.match(r"VARCHAR2\((\d+) BYTE\)", match["type"])
        columns[match["name"]] = Column(
            type=match["type"],
            required="NOT NULL" in match["rest"],
            bytes=int(size[1]) if size else None,
        )
    return Table(columns, key, frozenset(checks))


def _split(body: str) -> list[str]:
    """At the commas outside of brackets."""
    items, depth, start = [], 0, 0
    for position, character in enumerate(body):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            items.append(body[start:position].strip())
            start = position + 1
    return [*items, body[start:].strip()]
