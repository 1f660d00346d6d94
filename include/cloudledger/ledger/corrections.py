"""Corrections, linked to the lines that they correct: across files, months and deliveries.

A correction is a counted line that adds to an earlier one and points back to its reference number.
The line meant is the nearest counted one that has this number, of the same provider and account:
the last one on or before the correction's day, else the first one after it. So what a link says
depends on the lake's lines alone, not on the order in which they came.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import Lake
from cloudledger.ledger.corrected import UNRESOLVED, find_corrected
from cloudledger.ledger.projection import ProviderDay
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections whose link has to be found: ``fresh`` are those on the days about to be
    published, ``earlier`` those on other days whose corrected line may have come or gone; of
    ``fresh``, the ``missing`` are known to have none."""

    fresh: Sequence[Row] = ()
    earlier: Sequence[Row] = ()
    missing: Sequence[Row] = ()

    @property
    def wanted(self) -> bool:
        """Whether the lake has to be searched."""
        return bool(self.fresh or self.earlier)


@dataclass(frozen=True, slots=True)
class Links:
    """Rows of the table ``correction`` to add, and links of earlier rows to replace."""

    rows: Sequence[Row] = ()
    again: Sequence[Row] = ()


def known(session: Session) -> pa.Table:
    """The corrections as they were last published."""
    return session.query(statement("marts/correction/known"))


def on_days(
    con: duckdb.DuckDBPyConnection, days: Collection[ProviderDay], before: pa.Table
) -> Corrections:
    """The corrections that a publish of ``days`` concerns.

    :param con: holds ``counted_line`` over these days.
    :param before: :func:`known`.
    """
    found = con.sql(statement("lake/corrections")).to_arrow_table().to_pylist()
    fresh = [row for row in found if (row["provider"], row["charge_day"]) in days]
    if not before.num_rows:
        return Corrections(fresh)
    con.register("known", before)
    met = {_meant(row) for row in con.sql(statement("lake/references_met")).fetchall()}
    con.unregister("known")
    earlier, lost = [], set()
    for row in before.to_pylist():
        if row["corrected_day"] is None:
            lost.add(_target(row))
        touched = (row["provider"], row["corrected_day"]) in days or _target(row) in met
        if touched and (row["provider"], row["charge_day"]) not in days:
            earlier.append(row)
    missing = lost - met
    return Corrections(
        fresh=[row for row in fresh if _target(row) not in missing],
        earlier=earlier,
        missing=[row for row in fresh if _target(row) in missing],
    )


def link(
    lake: Lake, files: Sequence[LakeFile], standing: pa.Table, corrections: Corrections
) -> Links:
    """Find the line that each corrects, among the lake's ``files``.

    :param standing: :func:`~cloudledger.ledger.counted.standing_objects`, of all days.
    """
    searched = [*corrections.fresh, *corrections.earlier]
    found = find_corrected(lake, files, standing, searched) if searched else []
    linked = [{**row, **_linked(row, line)} for row, line in zip(searched, found, strict=True)]
    missing = [{**row, **_linked(row, UNRESOLVED)} for row in corrections.missing]
    fresh = len(corrections.fresh)
    return Links([*linked[:fresh], *missing], linked[fresh:])


def keep(session: Session, links: Links) -> None:
    """Write the rows of the days about to be published, and the links that changed."""
    if links.rows:
        session.insert("correction", pa.Table.from_pylist(list(links.rows), schema=_SCHEMA))
    keys = ("object_id", "record_number", *_LINK.names)
    session.execute_many(
        statement("marts/correction/link"), [{key: row[key] for key in keys} for row in links.again]
    )


def unresolved(session: Session) -> int:
    """How many corrections point back to a line that no counted one is."""
    rows = session.query(statement("marts/correction/unresolved")).to_pylist()
    return int(rows[0]["unresolved"])


def _target(row: Row) -> tuple[str, str, str]:
    return row["provider"], row["account"], row["corrected_reference"]


def _meant(row: tuple[Any, ...]) -> tuple[str, str, str]:
    provider, account, reference = row
    return provider, account, reference


def _linked(row: Row, line: Row) -> dict[str, Any]:
    day = line["corrected_day"]
    return {
        **{name: line[name] for name in UNRESOLVED},
        "days_apart": day and (row["charge_day"] - day).days,
        "status": "resolved" if day else "unresolved",
    }


_MONEY = pa.decimal128(38, 24)
_INSTANT = pa.timestamp("us", tz="UTC")
_LINK = pa.schema(
    [
        ("corrected_object_id", pa.string()),
        ("corrected_record_number", pa.int64()),
        ("corrected_day", pa.date32()),
        ("corrected_billed_cost", _MONEY),
        ("corrected_effective_cost", _MONEY),
        ("corrected_quantity", _MONEY),
        ("corrected_currency", pa.string()),
        ("days_apart", pa.int64()),
        ("status", pa.string()),
    ]
)
_SCHEMA = pa.schema(
    [
        ("object_id", pa.string()),
        ("record_number", pa.int64()),
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("charge_period_start", _INSTANT),
        ("charge_period_end", _INSTANT),
        ("account", pa.string()),
        ("billing_account_id", pa.string()),
        ("service_name", pa.string()),
        ("resource_id", pa.string()),
        ("reference_number", pa.string()),
        ("billing_currency", pa.string()),
        ("billed_cost", _MONEY),
        ("effective_cost", _MONEY),
        ("quantity", _MONEY),
        ("unit", pa.string()),
        ("corrected_reference", pa.string()),
        *_LINK,
    ]
)
