"""Lines of the lake, held against the tags that they should have: tables of a DuckDB connection.

What is large stays in DuckDB, which spills to disk; the keys, and the values that each has, are
judged in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from cloudledger.focus.columns import SPLIT
from cloudledger.governance.tags.config import Tags, TagsRefused
from cloudledger.governance.tags.values import State, spellings, verdicts
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import MONEY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def attach_tags(con: DuckDBPyConnection, rules: Tags, *, first_day: date, end_day: date) -> None:
    """Beside the view ``counted_line``: what its usage cost of the days says of each key.

    Makes ``tag_line`` (day, resource and tags), ``tag_key``, ``verdict`` (of each value),
    ``tag_use`` (a line and key each) and ``tag_resource`` (a resource, key and currency each).

    :raises TagsRefused: a resource's cost needs more than 14 digits before the point.
    """
    _given(con, "exempt", _exempt(rules))
    make(
        con,
        "tag_line",
        "lake/tag_lines",
        {"first_day": first_day, "end_day": end_day, "split": SPLIT},
    )
    seen = con.sql(statement("lake/tag_names")).to_arrow_table()["name"].to_pylist()
    names = zip(rules.keys, spellings(rules, seen), strict=True)
    keys = [{"tag_key": key.key, "names": spelt} for key, spelt in names]
    _given(con, "tag_key", pa.Table.from_pylist(keys, schema=_KEYS))
    make(con, "tag_valued", "lake/tag_values")
    _given(con, "verdict", _judged(con, rules))
    con.execute(f"CREATE OR REPLACE TEMP VIEW tag_use AS {statement('lake/tag_uses')}").fetchall()
    make(con, "tag_resource", "lake/tag_resources")


def attach_creators(con: DuckDBPyConnection, rules: Tags) -> None:
    """Beside the tables of :func:`attach_tags`: ``tag_creator`` (of each resource, by name) and
    ``creator_value``, the names that are allowed values of a key."""
    make(con, "tag_creator", "lake/tag_creators", {"creator_keys": list(rules.creator_keys)})
    names = con.sql(statement("lake/tag_creator_names")).to_arrow_table().to_pylist()
    seen = [row["creator_name"] for row in names]
    values = [
        {"tag_key": key.key, "creator_name": name, "meant": verdict.value}
        for key in rules.keys
        for name, verdict in verdicts(key, rules, seen).items()
        if verdict.state is State.TAGGED
    ]
    _given(con, "creator_value", pa.Table.from_pylist(values, schema=_CREATORS))


def make(
    con: DuckDBPyConnection, table: str, name: str, params: Mapping[str, object] | None = None
) -> None:
    """Let a temporary table hold what ``sql/<name>.sql`` selects.

    :raises TagsRefused: a sum in it is more than DECIMAL(38,24) holds.
    """
    try:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS {statement(name)}", dict(params or {})
        ).fetchall()
    except duckdb.OutOfRangeException as error:
        raise TagsRefused(
            f"a resource cost more than the warehouse holds (14 digits before the point): {error}; "
            "look for a wrong amount in the reports (cloudledger cost --by service_name)"
        ) from error


def _given(con: DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    con.register("given", rows)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM given").fetchall()
    con.unregister("given")


def _exempt(rules: Tags) -> pa.Table:
    return pa.Table.from_pylist([one.model_dump() for one in rules.exempt], schema=_EXEMPT)


def _judged(con: DuckDBPyConnection, rules: Tags) -> pa.Table:
    values: dict[str, list[str]] = {}
    for row in con.sql(statement("lake/tag_values_seen")).to_arrow_table().to_pylist():
        values.setdefault(row["tag_key"], []).append(row["tag_value"])
    judged = [
        {
            "tag_key": key.key,
            "tag_value": value,
            "state": verdict.state.value,
            "meant": verdict.value,
            "likeness": verdict.likeness,
        }
        for key in rules.keys
        for value, verdict in verdicts(key, rules, values.get(key.key, [])).items()
    ]
    return pa.Table.from_pylist(judged, schema=_VERDICTS)


_TEXTS = pa.list_(pa.string())
_KEYS = pa.schema([("tag_key", pa.string()), ("names", _TEXTS)])
_EXEMPT = pa.schema(
    [(name, _TEXTS) for name in ("providers", "services", "sub_accounts", "resource_types")]
)
_CREATORS = pa.schema([(name, pa.string()) for name in ("tag_key", "creator_name", "meant")])
_VERDICTS = pa.schema(
    [
        *((name, pa.string()) for name in ("tag_key", "tag_value", "state", "meant")),
        ("likeness", MONEY),
    ]
)
