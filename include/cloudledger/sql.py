"""Where SQL is read from, and how a text or a name is written into it.

From sql/<name>.sql, or sql/<engine>/<name>.sql where engines differ.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

SQL_ROOT = Path(__file__).resolve().parents[2] / "sql"


@cache
def statement(name: str, engine: str | None = None) -> str:
    """The text of one statement, such as ``statement("marts/daily_cost/totals")``.

    :raises FileNotFoundError: when neither the engine's folder nor the shared one holds it.
    """
    candidates = [SQL_ROOT / f"{name}.sql"]
    if engine:
        candidates.insert(0, SQL_ROOT / engine / f"{name}.sql")
    for path in candidates:
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError(
        f"no SQL file for {name!r}: looked at {', '.join(map(str, candidates))}"
    )


def literal(value: str | Path) -> str:
    """As an SQL string."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """As a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
