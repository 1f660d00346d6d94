"""The view ``focus_line``: a report's raw cells as ledger lines."""

from __future__ import annotations

from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS
from cloudledger.focus.reference import create_references
from cloudledger.sql import statement
from cloudledger.workers import Worker


class NotALine(Exception):
    """A sql/focus statement does not select LINE_COLUMNS: which columns differ."""


def create_focus_line(worker: Worker, format_name: str) -> None:
    """Create ``focus_line`` from ``sql/focus/<format_name>.sql`` over the relation ``raw``
    and the reference tables.

    :raises NotALine: the statement's columns are not LINE_COLUMNS in order, name and type.
    """
    worker.once("references", create_references)
    worker.tell("macros", statement("focus/macros"))
    select = statement(f"focus/{format_name}")
    if not worker.tell("focus_line", f"CREATE OR REPLACE TEMP VIEW focus_line AS {select}"):
        return
    described = worker.con.execute("DESCRIBE focus_line").fetchall()
    found = [(name, kind) for name, kind, *_ in described]
    wanted = [(column.name, DUCKDB_TYPE[column.kind]) for column in LINE_COLUMNS]
    if found != wanted:
        differing = [f"{a} is not {b}" for a, b in zip(found, wanted, strict=False) if a != b]
        raise NotALine(
            f"sql/focus/{format_name}.sql: {len(found)} columns for {len(wanted)}; "
            + ", ".join(differing)
        )
