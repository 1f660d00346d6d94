"""Statements that both warehouses run, on DuckDB; for Oracle: test_oracle_statements.py."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from oracle_checker.sources import shared_files

from cloudledger.sql import SQL_ROOT
from cloudledger.warehouse import binds
from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.statements import split

SHARED = shared_files()
TEXTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


@pytest.fixture(scope="module")
def schema() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for migration in migrations("duckdb"):
        for statement in migration.statements:
            con.execute(statement).fetchall()
    return con


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
def test_it_is_one_statement(path: Path):
    assert len(split(_text(path))) == 1
    assert ";" not in _code(path), "a driver's statement has no semicolon"


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_what_it_counts_is_cast_to_a_whole_number(path: Path):
    """Oracle declares no scale for COUNT: it would come back as money."""
    code = " ".join(_code(path).split())
    if code.upper().startswith(("SELECT", "WITH")):
        assert not re.search(r"(?<!CAST\()\bCOUNT\s*\(", code, re.IGNORECASE), code


@pytest.mark.parametrize("path", SHARED, ids=_name)
def test_it_fits_the_schema(path: Path, schema: duckdb.DuckDBPyConnection):
    text = _text(path)
    nulls = dict.fromkeys(binds.names(text))
    schema.execute("BEGIN").fetchall()
    try:
        schema.execute(binds.as_dollars(text), nulls).fetchall()
    finally:
        schema.execute("ROLLBACK").fetchall()
