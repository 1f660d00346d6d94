"""Which lines of the lake count: of two that bring the same charge, one.

Two objects may bring a line of the same reference number; two kinds of OCI report (cost, FOCUS,
usage) may bring a tenancy's whole day. The lake keeps all of them; sql/lake/displaced.sql says
which do not count. It is decided over a provider's whole day, when that day is published or read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import Lake
from cloudledger.ledger.differences import Cell, Difference
from cloudledger.ledger.figures import LINES
from cloudledger.ledger.sums import summed_rows
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

OCI_REPORTS = ("oci_cost", "oci_focus", "oci_usage")
"""The formats of which one counts for a tenancy's day; the first one of two of one source."""

COSTLESS = "oci_usage"
"""The format that states quantities alone: whatever its source, it displaces no report of costs."""

_STANDING = pa.schema(
    [
        ("object_id", pa.string()),
        ("uri", pa.string()),
        ("delivered_at", pa.timestamp("us", tz="UTC")),
        ("kind", pa.string()),
        ("rank", pa.int64()),
    ]
)


def standing_objects(
    session: Session, precedence: Sequence[str], *, pending_only: bool
) -> pa.Table:
    """The relation ``standing``: the objects whose lines stand, as displaced.sql asks for them.

    :param precedence: the sources' names, the one that counts first before the others; sources
        that are not named come after them, by name.
    :param pending_only: those alone that have lines on a pending day.
    """
    rows = session.query(
        statement("ledger/standing_reports"), pending_only=int(pending_only)
    ).to_pylist()
    return standing_relation(rows, precedence)


def standing_relation(rows: Iterable[Mapping[str, Any]], precedence: Sequence[str]) -> pa.Table:
    """The relation ``standing`` of these objects.

    :param rows: ``object_id``, ``source``, ``uri``, ``delivered_at`` and ``format`` of each.
    """
    rows = list(rows)
    kinds = {(row["source"], row["format"]) for row in rows if row["format"] in OCI_REPORTS}
    places = sorted(kinds, key=lambda kind: _place(kind[0], kind[1], precedence))
    ranks = {kind: rank for rank, kind in enumerate(places)}
    return pa.Table.from_pylist(
        [_standing(row, ranks.get((row["source"], row["format"]))) for row in rows],
        schema=_STANDING,
    )


def attach_counted(con: duckdb.DuckDBPyConnection, standing: pa.Table) -> None:
    """Beside the view ``line``: ``displaced`` (object, record, reason) and ``counted_line``.

    ``line`` must hold whole days: which lines count is a matter of all that a day has.
    """
    con.execute(statement("lake/macros")).fetchall()
    con.register("given_objects", standing)
    con.execute("CREATE OR REPLACE TEMP TABLE standing AS FROM given_objects").fetchall()
    con.unregister("given_objects")
    displaced = statement("lake/displaced")
    con.execute(f"CREATE OR REPLACE TEMP TABLE displaced AS {displaced}").fetchall()
    con.execute(f"CREATE OR REPLACE TEMP VIEW counted_line AS {statement('lake/counted')}")


@contextmanager
def counted_lines(
    lake: Lake, files: Sequence[LakeFile], standing: pa.Table
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with ``line``, ``displaced`` and ``counted_line`` over the files of whole
    days."""
    with lake.lines([file.path for file in files]) as con:
        attach_counted(con, standing)
        yield con


def uncounted(con: duckdb.DuckDBPyConnection) -> list[Difference]:
    """Lines that do not count though no counted line brings their charge: there must be none."""
    rows = con.sql(statement("lake/uncounted")).to_arrow_table().to_pylist()
    return [
        Difference(
            f"displaced lines of {row['provider']} whose charge no line counts",
            Cell(row["charge_day"], row["billing_currency"], LINES),
            expected=Decimal(0),
            actual=Decimal(row["lost_lines"]),
        )
        for row in rows
    ]


def displaced_totals(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The lines that do not count by object, provider's day, currency and reason: every measure,
    and lines."""
    return summed_rows(con, "lake/displaced_totals")


def _place(source: str, kind: str, precedence: Sequence[str]) -> tuple[bool, int, str, int]:
    named = source in precedence
    order = precedence.index(source) if named else len(precedence)
    return kind == COSTLESS, order, "" if named else source, OCI_REPORTS.index(kind)


def _standing(row: Mapping[str, Any], rank: int | None) -> dict[str, Any]:
    return {
        "object_id": row["object_id"],
        "uri": row["uri"],
        "delivered_at": row["delivered_at"],
        "kind": None if rank is None else row["format"],
        "rank": rank,
    }
