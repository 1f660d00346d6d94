"""Statements that both warehouses run: only what Oracle and DuckDB read alike."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from sqlfluff.core import FluffConfig, Linter

from cloudledger.sql import SQL_ROOT
from cloudledger.warehouse import binds
from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.statements import split

SHARED = sorted(
    path
    for room in (
        *("alerting", "governance", "insights", "knowledge"),
        *("ledger", "marts", "quality", "reporting"),
    )
    for path in (SQL_ROOT / room).rglob("*.sql")
)
TEXTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
NOT_IN_ORACLE = {
    r"::": "a cast is CAST(x AS y)",
    r"\b(FROM|JOIN)\s+\w+\s+AS\s": "a table's alias has no AS",
    r"\)\s+AS\s+\w+\s+(ON|WHERE|GROUP|ORDER|LEFT|INNER|JOIN)\b": "a subquery's alias has no AS",
    r"\bLIMIT\b": "FETCH FIRST n ROWS ONLY",
    r"\bQUALIFY\b": "a subquery",
    r"\bGROUP BY ALL\b|\bORDER BY ALL\b": "the columns by name",
    r"\bFILTER\s*\(": "SUM(CASE WHEN ... END)",
    r"\bILIKE\b": "LOWER",
    r"\bIS (NOT )?DISTINCT FROM\b": "DECODE, or IS NULL written out",
    r"\b(TRUE|FALSE)\b": "1 and 0",
    r"\b(list|struct|map)_\w+\(|\bUNNEST\b": "rows",
    r"\b(date_trunc|date_part|strftime|epoch|now|current_date)\b": "binds made in Python",
    r"\bEXCEPT\b": "NOT EXISTS",
    r"\b(VARCHAR|BIGINT|DOUBLE|TEXT|HUGEINT)\b": "DECIMAL(p, s), or no cast",
    r"\bUSING\s*\(": "ON: Oracle refuses a qualified column after USING",
}


@pytest.fixture(scope="module")
def schema() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for migration in migrations("duckdb"):
        for statement in migration.statements:
            con.execute(statement).fetchall()
    return con


@pytest.fixture(scope="module")
def oracle_parser() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "oracle"}))


def _name(path: Path) -> str:
    return str(path.relative_to(SQL_ROOT))


def _text(path: Path) -> str:
    """As it is sent: a release's table stands where the statement leaves its place open."""
    return re.sub(r"\{\w+\}", "knowledge_vector_none", path.read_text(encoding="utf-8"))


def _code(path: Path) -> str:
    return TEXTS.sub(" ", _text(path))


def test_there_is_something_to_check():
    assert len(SHARED) > 20


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_it_is_one_statement_that_oracle_parses(path: Path, oracle_parser: Linter):
    text = _text(path)
    assert len(split(text)) == 1
    assert ";" not in _code(path), "a driver's statement has no semicolon"
    parsed = oracle_parser.parse_string(text)
    assert not parsed.violations, parsed.violations


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_it_holds_nothing_that_oracle_lacks(path: Path):
    code = _code(path)
    found = {
        instead: match[0]
        for pattern, instead in NOT_IN_ORACLE.items()
        if (match := re.search(pattern, code, re.IGNORECASE))
    }
    assert not found


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_what_it_counts_is_cast_to_a_whole_number(path: Path):
    """Oracle declares no scale for COUNT: it would come back as money."""
    code = " ".join(_code(path).split())
    if code.upper().startswith(("SELECT", "WITH")):
        assert not re.search(r"(?<!CAST\()\bCOUNT\s*\(", code, re.IGNORECASE), code


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_its_binds_are_no_reserved_words(path: Path):
    assert not binds.names(path.read_text(encoding="utf-8")) & binds.ORACLE_RESERVED


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_it_fits_the_schema(path: Path, schema: duckdb.DuckDBPyConnection):
    text = _text(path)
    nulls = dict.fromkeys(binds.names(text))
    schema.execute("BEGIN").fetchall()
    try:
        schema.execute(binds.as_dollars(text), nulls).fetchall()
    finally:
        schema.execute("ROLLBACK").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT a::INT FROM t",
        "SELECT a FROM t AS x WHERE 1 = 1",
        "SELECT a FROM (SELECT 1 AS a FROM t) AS x WHERE 1 = 1",
        "SELECT a FROM t LIMIT 1",
        "SELECT SUM(a) FILTER (WHERE b) FROM t",
    ],
)
def test_the_checker_sees_what_oracle_lacks(statement: str):
    assert any(re.search(pattern, statement, re.IGNORECASE) for pattern in NOT_IN_ORACLE)
