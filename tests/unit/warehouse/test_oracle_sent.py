"""No place in the code sends Oracle what the checker of statements does not see."""

from __future__ import annotations

import ast

import oracle_ddl
import pytest
from oracle_checker import listed, scan


def test_every_call_sends_what_is_known():
    found = {
        (name, listed.written(place))
        for name, tree in scan.modules().items()
        for place in scan.unexplained(name, tree)
    }
    passing = {(name, one) for name, known in listed.PASSING.items() for one in known}
    given = {tuple(one.split(": ", 1)) for one in listed.GIVEN}
    assert found == passing | given


def test_every_file_that_is_asked_for_is_in_a_known_room():
    asked = [(name, one) for name, tree in scan.modules().items() for one in scan.files(tree)]
    assert len(asked) > 100
    assert not [one for one in asked if not scan.exist(one[1])]


def test_every_text_that_looks_like_sql_is_a_known_statement():
    found = [
        (name, text)
        for name, tree in scan.modules().items()
        for text in scan.texts(name, tree)
        if not scan.is_composed(text)
    ]
    assert {name for name, _ in found} == set(listed.SPELT_FOR_DUCKDB)
    assert {"include/cloudledger/warehouse/oracle.py"} <= {
        name for name, tree in scan.modules().items() if any(scan.texts(name, tree))
    }


def test_rows_are_added_to_tables_whose_inserts_are_known():
    tables = {
        str(node.args[0].value)
        for tree in scan.modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in {"insert", "stage"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    assert len(tables) > 30
    assert tables <= oracle_ddl.tables().keys()


def test_con_is_a_connection_to_duckdb_wherever_it_is_typed():
    typed = [
        (name, ast.unparse(node.annotation))
        for name, tree in scan.modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.arg == "con" and node.annotation
    ]
    assert typed
    assert {kind.split(".")[-1] for _, kind in typed} == {"DuckDBPyConnection"}


@pytest.mark.parametrize(
    "line",
    [
        "session.execute(f'DELETE FROM {table}')",
        "session.execute('DELETE ' + table)",
        "session.query('select 1 from t')",
        "session.query(text)",
        "cursor.execute(make(table))",
        "cursor.callproc('dbms_vector.rebuild_index', [name])",
        "session.execute_many(TEXT.format(table=table), rows)",
        "session.query(statement('elsewhere/rows'))",
        "session.query(statement('marts/nothing_like_it'))",
        "session.query(filled(f'nothing_{kind}', engine))",
    ],
)
def test_a_new_place_is_seen(line: str):
    tree = ast.parse(f"def new(session, cursor, table, text):\n    {line}\n")
    assert (
        list(scan.unexplained("include/new.py", tree))
        or [one for one in scan.files(tree) if not scan.exist(one)]
        or [one for one in scan.texts("include/new.py", tree) if not scan.is_composed(one)]
    )


def test_known_ways_are_taken():
    tree = ast.parse(
        """
def known(session, con, table):
    wanted = statement("marts/state") if table else statement("ledger/state")
    session.query(wanted, mart=table)
    session.execute(statement(f"ledger/forget_{table}"))
    con.execute(f"CREATE TEMP TABLE {table} AS FROM given")
"""
    )
    assert not list(scan.unexplained("include/new.py", tree))
    assert not list(scan.texts("include/new.py", tree))
    assert all(scan.exist(one) for one in scan.files(tree))
