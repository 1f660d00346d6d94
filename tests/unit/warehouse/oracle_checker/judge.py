"""What is wrong with a statement, of whatever kind it is: nothing, if Oracle would take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import oracle_ddl

from oracle_checker import forms, guards, hints, parsed, rules, vector, vocabulary
from oracle_checker.words import is_block, plain

QUERY = re.compile(r"(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
VIEW = re.compile(r"CREATE OR REPLACE VIEW \w+ AS\s+", re.IGNORECASE)
INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?\w+ ON (\w+) ?\(([\w, ]+)\)", re.I)
KEY = re.compile(
    r"ALTER TABLE (\w+) ADD CONSTRAINT \w+ FOREIGN KEY\s?\(([\w, ]+)\) REFERENCES"
    r" (\w+)\s?\(([\w, ]+)\)",
    re.IGNORECASE,
)
MERGE = re.compile(r"MERGE INTO .*? ON (?P<bracket>\()?(?P<on>.*?) WHEN (NOT )?MATCHED\b", re.I)
TOP = re.compile(r"(CREATE|ALTER|DROP|TRUNCATE|COMMENT|SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b")


@dataclass(frozen=True, slots=True)
class World:
    """What statements stand on.

    ``relations``: tables, views and synonyms with their columns; ``metrics``: of each column that a
    vector index is on.
    """

    tables: Mapping[str, oracle_ddl.Table]
    relations: Mapping[str, Sequence[str]]
    domains: Mapping[str, str]
    metrics: Mapping[str, str]


def world(statements: Iterable[str]) -> World:
    """What these statements make."""
    every = list(statements)
    tables = oracle_ddl.tables_of(every)
    names = {name: list(table.columns) for name, table in tables.items()}
    indexes = [made for one in every if (made := vector.made(one))]
    return World(
        tables=tables,
        relations=names | oracle_ddl.views_of(every) | oracle_ddl.synonyms_of(every),
        domains=guards.domains(every),
        metrics={column: metric for _, column, metric in indexes} or {"embedding": "COSINE"},
    )


def problems(statement: str, known: World) -> Iterator[str]:
    """What Oracle would refuse, or would silently take otherwise; cheap rules come first."""
    if is_block(statement):
        yield from forms.calls(statement)
        return
    yield from rules.broken(statement)
    if guards.kind(statement):
        yield from guards.problems(statement, known.tables, known.domains)
    elif forms.form(statement):
        yield from forms.misfits(statement, known.relations)
    elif re.match(r"CREATE VECTOR INDEX\b", statement, re.IGNORECASE):
        yield from vector.index(statement)
        yield from _indexed(statement, known)
    else:
        yield from _parsed(forms.explained(statement), known)


def _parsed(statement: str, known: World) -> Iterator[str]:
    if not TOP.match(statement.upper()):
        yield f"{statement[:20]}: no kind of statement that is known"
    query = VIEW.sub("", statement)
    if QUERY.match(query):
        yield from vector.search(query, known.metrics)
        yield from hints.ignored(query)
        yield from forms.calls(query)
        yield from vocabulary.unknown(query, known.relations)
        yield from _merged(query)
    else:
        yield from vector.columns(statement)
        yield from _structure(statement, known)
    yield from parsed.violations(statement)


def _structure(statement: str, known: World) -> Iterator[str]:
    """Indexes and keys stand on columns that are there; none on a vector."""
    line = plain(statement)
    listed: list[tuple[str, str]] = []
    if match := INDEX.match(line):
        listed = [(match[1], match[2])]
    elif match := KEY.match(line):
        listed = [(match[1], match[2]), (match[3], match[4])]
    for table, columns in listed:
        for name in (column.split()[0].lower() for column in columns.split(",")):
            found = known.tables.get(table.lower())
            if found is None or name not in found.columns:
                yield f"{table}.{name}: no such column"
            elif found.columns[name].type.startswith("VECTOR"):
                yield f"{table}.{name}: a vector stands in no such index or key"


def _indexed(statement: str, known: World) -> Iterator[str]:
    made = vector.made(statement)
    if made is None:
        return
    table, column, _ = made
    found = known.tables.get(table)
    if found is None or column not in found.columns:
        yield f"{table}.{column}: no such column"
    elif not found.columns[column].type.startswith("VECTOR"):
        yield f"{table}.{column}: no vector"


def _merged(statement: str) -> Iterator[str]:
    """ON has brackets (ORA-00969), and what it compares is not updated (ORA-38104)."""
    line = plain(statement)
    if not re.match(r"MERGE\b", line, re.IGNORECASE):
        return
    match = MERGE.match(re.sub(r"\bON\(", "ON (", line))
    if match is None or not match["bracket"]:
        yield "MERGE INTO t USING s ON (...) WHEN [NOT] MATCHED THEN ..."
        return
    target = re.match(r"MERGE INTO (\w+)(?: (?!USING)(\w+))?", line, re.IGNORECASE)
    names = {name.lower() for name in (target.groups() if target else ()) if name}
    joined = {
        column.lower()
        for of, column in re.findall(r"(\w+)\.(\w+)", match["on"])
        if of.lower() in names
    }
    update = re.search(r"\bUPDATE SET (.*?)(?: WHEN | WHERE | DELETE |$)", line, re.IGNORECASE)
    for column in re.findall(r"(?:^|, ?)(?:\w+\.)?(\w+) ?=", update[1] if update else ""):
        if column.lower() in joined:
            yield f"ORA-38104: {column} is in ON and is updated"
