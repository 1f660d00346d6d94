"""What code composes for Oracle, recorded from the code itself while a recorder stands where the
connection would: the inserts and the look at every table, the staging, the migrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import oracle_ddl
import oracledb
import pyarrow as pa
from test_oracle_calls import Recorder, info, migration_columns, schema_name, warehouse

KINDS = {
    "NUMBER": oracledb.DB_TYPE_NUMBER,
    "VARCHAR2": oracledb.DB_TYPE_VARCHAR,
    "TIMESTAMP": oracledb.DB_TYPE_TIMESTAMP,
    "DATE": oracledb.DB_TYPE_DATE,
    "CLOB": oracledb.DB_TYPE_CLOB,
    "VECTOR": oracledb.DB_TYPE_VECTOR,
}


@cache
def recorded() -> tuple[str, ...]:
    """Every statement that the warehouse itself composes, over all tables; each once."""
    found: dict[str, None] = {}
    for table in oracle_ddl.tables():
        found |= dict.fromkeys(_inserting(table))
        if table.endswith("_stage"):
            found |= dict.fromkeys(_staging(table))
    found |= dict.fromkeys(_migrating())
    return tuple(found)


def _described(table: str) -> list[Any]:
    columns = oracle_ddl.tables()[table].columns
    return [info(name, KINDS[one.type.split("(")[0]]) for name, one in columns.items()]


def _nothing(table: str) -> pa.Table:
    return pa.table({name: pa.nulls(1) for name in oracle_ddl.tables()[table].columns})


def _inserting(table: str) -> list[str]:
    recorder = Recorder(describe=lambda _: _described(table))
    with warehouse(recorder).transaction() as session:
        session.insert(table, _nothing(table))
    return recorder.statements


def _staging(table: str) -> list[str]:
    recorder = Recorder(describe=lambda _: _described(table), rows=schema_name)
    warehouse(recorder).stage(table, _nothing(table))
    return recorder.statements


def _migrating() -> Iterator[str]:
    recorder = Recorder(describe=migration_columns)
    warehouse(recorder).migrate()
    known = set(oracle_ddl.statements())
    yield from (one for one in recorder.statements if one not in known)
