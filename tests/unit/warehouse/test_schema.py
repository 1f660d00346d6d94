"""The migrations of the two engines: the same tables, columns, keys, checks and lengths."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import duckdb
import oracle_ddl
import pytest
from sqlfluff.core import FluffConfig, Linter

from cloudledger.sql import SQL_ROOT
from cloudledger.warehouse.binds import ORACLE_RESERVED
from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.port import Engine
from cloudledger.warehouse.statements import split

AGAIN = re.compile(
    r"CREATE (TABLE|INDEX|DOMAIN|ASSERTION) IF NOT EXISTS |CREATE OR REPLACE |"
    r"COMMENT ON (TABLE|COLUMN) |DROP TABLE IF EXISTS "
)
LENGTH = re.compile(r"strlen\((\w+)\)<=(\d+)")
ENGINES: tuple[Engine, ...] = ("duckdb", "oracle")


@dataclass
class DuckTable:
    columns: dict[str, tuple[str, bool]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    checks: set[str] = field(default_factory=set)
    bytes: dict[str, int] = field(default_factory=dict)


@pytest.fixture(scope="module")
def duck() -> dict[str, DuckTable]:
    with duckdb.connect() as con:
        for migration in migrations("duckdb"):
            for statement in migration.statements:
                con.execute(statement).fetchall()
        columns = con.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()"
            " WHERE NOT internal ORDER BY table_name, column_index"
        ).fetchall()
        constraints = con.execute(
            "SELECT table_name, constraint_type, constraint_column_names, expression"
            " FROM duckdb_constraints() WHERE schema_name = 'main'"
        ).fetchall()
    tables: dict[str, DuckTable] = {}
    for table, column, kind, nullable in columns:
        tables.setdefault(table, DuckTable()).columns[column] = (kind, not nullable)
    for table, kind, names, expression in constraints:
        if kind == "PRIMARY KEY":
            tables[table].key = tuple(names)
        elif kind == "CHECK":
            expression = expression.replace('"', "")
            squeezed = oracle_ddl.squeezed(expression)
            length = LENGTH.search(re.sub(r"\s", "", expression))
            if length:
                tables[table].bytes[length[1]] = int(length[2])
            else:
                tables[table].checks.add(squeezed)
    return tables


def test_there_are_tables_to_compare(duck: dict[str, DuckTable]):
    assert len(oracle_ddl.tables()) >= 14
    assert "daily_cost" in duck


def test_both_have_the_same_migrations():
    names = [[migration.name for migration in migrations(engine)] for engine in ENGINES]
    assert names[0] == names[1]
    assert names[0][0] == "0000_schema_migration"


def test_both_define_the_same_tables_and_views_with_the_same_columns(duck: dict[str, DuckTable]):
    ours = {name: list(table.columns) for name, table in oracle_ddl.tables().items()}
    assert {name: list(table.columns) for name, table in duck.items()} == (
        ours | oracle_ddl.views() | oracle_ddl.synonyms()
    )


def test_both_require_the_same_columns_and_keys(duck: dict[str, DuckTable]):
    for name, table in oracle_ddl.tables().items():
        assert table.key == duck[name].key, name
        required = {column for column, entry in table.columns.items() if entry.required}
        assert required == {c for c, (_, needed) in duck[name].columns.items() if needed}, name


def test_both_check_the_same_conditions(duck: dict[str, DuckTable]):
    for name, table in oracle_ddl.tables().items():
        assert {_plain(check) for check in table.checks} == {
            _plain(check) for check in duck[name].checks
        }, name


def _plain(condition: str) -> str:
    """A condition without how it is written: DuckDB prints its own reading of it."""
    return condition.replace("<>", "!=").removeprefix("check")


def test_types_and_lengths_correspond(duck: dict[str, DuckTable]):
    for name, table in oracle_ddl.tables().items():
        for column, entry in table.columns.items():
            kind = duck[name].columns[column][0]
            where = f"{name}.{column}"
            match entry.type.split("(")[0]:
                case "NUMBER" if entry.type == "NUMBER(38, 24)":
                    assert kind == "DECIMAL(38,24)", where
                case "NUMBER":
                    assert re.fullmatch(r"NUMBER\(\d+\)", entry.type), where
                    assert kind == "BIGINT", where
                case "TIMESTAMP":
                    assert (entry.type, kind) == ("TIMESTAMP(6)", "TIMESTAMP"), where
                case "DATE":
                    assert kind == "DATE", where
                case "VECTOR":
                    assert (entry.type, kind) == ("VECTOR(*, FLOAT32)", "FLOAT[1]"), where
                case "CLOB":
                    assert kind == "VARCHAR", where
                    assert column not in duck[name].bytes, where
                case "VARCHAR2":
                    assert kind == "VARCHAR", where
                    assert entry.bytes is not None, f"{where} must say BYTE"
                    _check_length(name, column, entry.bytes, duck[name])
                case other:
                    pytest.fail(f"{where}: {other} has no place in the port")


def _check_length(name: str, column: str, size: int, table: DuckTable) -> None:
    if name == "schema_migration" or name.endswith("_stage"):
        return
    if any(check.startswith(f"{column}in") for check in table.checks):
        return
    assert table.bytes.get(column) == size, f"{name}.{column}"


def test_a_staging_table_is_its_table_without_constraints(duck: dict[str, DuckTable]):
    tables = oracle_ddl.tables()
    for name in (name for name in tables if name.endswith("_stage")):
        table, stage = tables[name.removesuffix("_stage")], tables[name]
        assert {c: e.type for c, e in stage.columns.items()} == {
            c: e.type for c, e in table.columns.items()
        }
        assert not stage.checks
        assert not stage.key
        assert not any(entry.required for entry in stage.columns.values())
        assert "CLOB" not in {entry.type for entry in stage.columns.values()}
        assert not duck[name].bytes


def test_every_oracle_statement_can_be_run_again():
    for step in oracle_ddl.steps():
        assert step.unless or AGAIN.match(step.statement) or _annotates(step.statement), step


def _annotates(statement: str) -> bool:
    """Whether it only puts annotations on, or in place of others of their names."""
    added = len(re.findall(r"ADD OR REPLACE \w+ '", statement))
    words = re.sub(r"'(?:[^']|'')*'", "''", statement)
    left = re.sub(r"\b(ADD OR REPLACE \w+ ''|ANNOTATIONS|MODIFY|ALTER TABLE)|[(),]", " ", words)
    return statement.startswith("ALTER TABLE ") and added > 0 and "DOMAIN" not in left


def test_no_name_is_reserved_or_too_long_in_oracle():
    for name, table in oracle_ddl.tables().items():
        for word in (name, *table.columns):
            assert word not in ORACLE_RESERVED
            assert word == word.lower()
            assert len(word) <= 128


def test_every_table_says_what_it_is():
    commented = set(re.findall(r"COMMENT ON TABLE (\w+) IS", "\n".join(oracle_ddl.statements())))
    assert commented == oracle_ddl.tables().keys() | oracle_ddl.views().keys()


def test_every_statement_for_duckdb_parses_in_its_dialect():
    linter = Linter(config=FluffConfig(overrides={"dialect": "duckdb"}))
    for path in sorted((SQL_ROOT / "schema" / "duckdb").glob("*.sql")):
        for statement in split(path.read_text(encoding="utf-8")):
            parsed = linter.parse_string(f"{statement};")
            assert not parsed.violations, f"{path.name}: {parsed.violations}"
