"""docs/oracle_statements.md: what is judged, how, and which statements are not judged whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cloudledger.sql import SQL_ROOT
from oracle_checker import forms, scan, sources, vocabulary
from oracle_checker.words import is_block, words

PAGE = SQL_ROOT.parent / "docs" / "oracle_statements.md"
TEXT = Path(__file__).with_name("page.md")
PASSING = {
    "include/cloudledger/warehouse/oracle.py": frozenset(
        {
            "query in _gives_rows",
            "step.statement in _run_all",
            "migrations.APPLIED in migrate",
            "migrations.RECORD in migrate",
            "statement in execute",
            "statement in execute_many",
            "statement in query",
        }
    ),
}
"""Places that pass on what they are given, by those whom ``scan`` sees, or run the migrations."""
GIVEN = {
    "plugins/cloudledger_airflow/operators/quality.py: self.query in _frame": (
        "whoever writes a DAG with this operator writes the query"
    ),
}
"""Places that send what nobody here has written, and why."""

SPELT_FOR_DUCKDB = (
    "include/cloudledger/quality/conformance.py",
    "include/cloudledger/reports/look.py",
    "include/cloudledger/reports/raw.py",
)
"""Modules with texts that a DuckDB connection is given in another function."""


def written(place: scan.Place) -> str:
    return f"{place.sent} in {place.function}"


def unjudged() -> Iterator[tuple[str, str]]:
    """Where a statement is from, and what of it is not judged."""
    for source in sources.every():
        yield from ((source.origin, why) for why in reasons(source.statement))
    yield from GIVEN.items()


def reasons(statement: str) -> Iterator[str]:
    """What of a statement is not judged; nothing, for most."""
    if is_block(statement) and not forms.is_one_call(statement):
        yield "a PL/SQL block: the calls in it are judged, not its other statements"
    for view in vocabulary.foreign_views(statement):
        yield f"the columns of `{view}`: the Database Reference at hand has no page of it"
    if forms.is_explain(statement) and any(word.kind == "bind" for word in words(statement)):
        yield "whether its plan is the search's own: EXPLAIN PLAN takes every bind for a text"


def page() -> str:
    """The whole file."""
    rows = [f"| `{origin}` | {why} |" for origin, why in dict.fromkeys(unjudged())]
    return TEXT.read_text(encoding="utf-8") + "\n".join(sorted(rows)) + "\n"
