"""The search for corrected lines: from each correction's day back, then forward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import Lake
from cloudledger.ledger.counted import counted_lines
from cloudledger.sql import statement

Row = Mapping[str, Any]
Span = tuple[date, date]

FIRST_DAYS = 31
"""How far the first look goes; each further one goes twice as far."""

UNRESOLVED: Row = dict.fromkeys(
    (
        "corrected_object_id",
        "corrected_record_number",
        "corrected_day",
        "corrected_billed_cost",
        "corrected_effective_cost",
        "corrected_quantity",
        "corrected_currency",
    )
)


def find_corrected(
    lake: Lake, files: Sequence[LakeFile], standing: pa.Table, corrections: Sequence[Row]
) -> list[Row]:
    """For each correction the corrected line, or :data:`UNRESOLVED`.

    Days further away are read only for corrections that nearer ones did not resolve, and of a day
    the reference numbers alone, until one of them is met.

    :param corrections: ``provider``, ``account``, ``charge_day`` and ``corrected_reference``.
    """
    found: dict[int, Row] = {}
    days = {(file.provider, file.day) for file in files}
    for back in (True, False):
        for first, last in _steps(days, corrections, back=back):
            spans = {
                place: _span(row["charge_day"], first, last, back=back)
                for place, row in enumerate(corrections)
                if place not in found
            }
            for line in _look(lake, files, standing, corrections, spans):
                place = line["place"]
                if place not in found or _nearer(line, found[place], back=back):
                    found[place] = line
    return [found.get(place, UNRESOLVED) for place in range(len(corrections))]


def _steps(
    days: set[tuple[str, date]], corrections: Sequence[Row], *, back: bool
) -> Iterator[tuple[int, int]]:
    """Distances from the correction's day, from near to far, until no day is left."""
    if not days:
        return
    charged = [row["charge_day"] for row in corrections]
    held = [day for _, day in days]
    reach = (max(charged) - min(held)).days if back else (max(held) - min(charged)).days
    first, length = (0 if back else 1), FIRST_DAYS
    while first <= reach:
        yield first, first + length - 1
        first, length = first + length, length * 2


def _span(day: date, first: int, last: int, *, back: bool) -> Span:
    if back:
        return day - timedelta(days=last), day - timedelta(days=first)
    return day + timedelta(days=first), day + timedelta(days=last)


def _look(
    lake: Lake,
    files: Sequence[LakeFile],
    standing: pa.Table,
    corrections: Sequence[Row],
    spans: Mapping[int, Span],
) -> list[dict[str, Any]]:
    named = ("provider", "account", "corrected_reference")
    wanted: list[dict[str, Any]] = [
        {"place": place, "first_day": first, "last_day": last}
        | {name: corrections[place][name] for name in named}
        for place, (first, last) in spans.items()
    ]
    near: dict[str, set[Span]] = {}
    for row in wanted:
        near.setdefault(row["provider"], set()).add((row["first_day"], row["last_day"]))
    within = [
        file
        for file in files
        if any(first <= file.day <= last for first, last in near.get(file.provider, ()))
    ]
    if not within:
        return []
    table = pa.Table.from_pylist(wanted)
    with lake.lines([file.path for file in within]) as con:
        con.register("wanted", table)
        hits = set(con.sql(statement("lake/days_with_reference")).fetchall())
    held = [file for file in within if (file.provider, file.day) in hits]
    if not held:
        return []
    with counted_lines(lake, held, standing) as con:
        con.register("wanted", table)
        rows: list[dict[str, Any]] = (
            con.sql(statement("lake/corrected_lines")).to_arrow_table().to_pylist()
        )
    return rows


def _nearer(line: Row, other: Row, *, back: bool) -> bool:
    if line["corrected_day"] != other["corrected_day"]:
        later: bool = line["corrected_day"] > other["corrected_day"]
        return later == back
    return _name(line) < _name(other)


def _name(line: Row) -> tuple[str, int]:
    return line["corrected_object_id"], line["corrected_record_number"]
