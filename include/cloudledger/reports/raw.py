"""What is read of ``raw_cells``: the view ``raw_text``, and ``raw`` that ``sql/focus`` maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.layout import Layout
from cloudledger.sql import identifier, literal
from cloudledger.workers import Worker

NO_ENTRIES = "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))"
WORTH_GATHERING = 2_000
"""Records of a block from which it pays to make each distinct map once."""
KEPT = "record_number NOT IN (SELECT record_number FROM raw_set_aside)"


def create_raw_text(worker: Worker, layout: Layout, report_format: ReportFormat) -> None:
    """``raw_text``: every parsed record's number, and each declared column as text (or NULL)."""
    columns = ", ".join(
        ["record_number"]
        + [
            f"{_cell(layout, column)} AS {identifier(column.name)}"
            for column in report_format.columns
        ]
    )
    select = f"SELECT {columns} FROM raw_cells"
    worker.tell("raw_text", f"CREATE OR REPLACE TEMP VIEW raw_text AS {select}")


def create_raw(
    worker: Worker,
    layout: Layout,
    report_format: ReportFormat,
    records: int,
    *,
    set_aside: bool,
    mended: bool,
) -> None:
    """``raw``: what ``sql/focus/<format>.sql`` selects from.

    ``raw_text`` without the records set aside, its odd cells in a form that casts exactly, and
    three maps: ``x_extra``; ``tags``, where each tag is a column of its own; and ``x_exact``, FOCUS
    column -> original text where a decimal was rounded, or was too long.
    """
    columns = ["raw_cells.record_number"]
    for column in report_format.columns:
        cell = _cell(layout, column)
        if mended and column.kind in (RawKind.DECIMAL, RawKind.TAGS):
            name = literal(column.name)
            cell = (
                f"CASE WHEN map_contains(raw_mended.cells, {name}) "
                f"THEN raw_mended.cells[{name}] ELSE {cell} END"
            )
        columns.append(f"{cell} AS {identifier(column.name)}")
    maps = {"x_extra": _entries(layout.extra.items())}
    if report_format.tag_prefixes:
        maps["tags"] = _entries(layout.tags.items())
    cells = sorted({*layout.extra.values(), *layout.tags.values()})
    joins = _gathered(worker, maps, cells, records)
    if joins:
        maps = {name: f"raw_maps.made_{name}" for name in maps}
    extra = maps.pop("x_extra")
    columns += [f"{entries} AS {name}" for name, entries in maps.items()]
    exact = NO_ENTRIES
    if mended:
        exact = f"coalesce(raw_mended.x_exact, {NO_ENTRIES})"
        extra = (
            f"CASE WHEN raw_mended.x_left IS NULL THEN {extra} "
            f"ELSE map_concat({extra}, raw_mended.x_left) END"
        )
        joins += " LEFT JOIN raw_mended USING (record_number)"
    columns += [f"{extra} AS x_extra", f"{exact} AS x_exact"]
    where = f" WHERE raw_cells.{KEPT}" if set_aside else ""
    select = f"SELECT {', '.join(columns)} FROM raw_cells{joins}{where}"
    worker.tell("raw", f"CREATE OR REPLACE TEMP VIEW raw AS {select}")


def _cell(layout: Layout, column: RawColumn) -> str:
    if column.name in layout.given:
        return literal(layout.given[column.name])
    position = layout.declared.get(column.name)
    if position is None:
        return "CAST(NULL AS VARCHAR)"
    return column.spelt.format(cell=f"raw_cells.c{position}")


def _gathered(worker: Worker, maps: Mapping[str, str], cells: Sequence[int], records: int) -> str:
    """The join with the distinct maps of these cells, made once each as ``raw_maps``.

    Making a map is dear, and few differ in most reports; no join where that is not so.
    """
    if not cells or records < WORTH_GATHERING:
        return ""
    names = [f"c{position}" for position in cells]
    made = ", ".join(f"{entries} AS made_{name}" for name, entries in maps.items())
    ((count,),) = worker.con.execute(
        f"CREATE OR REPLACE TEMP TABLE raw_maps AS SELECT *, {made} "
        f"FROM (SELECT DISTINCT {', '.join(names)} FROM raw_cells)"
    ).fetchall()
    if count > records // 4:
        return ""
    same = " AND ".join(f"raw_cells.{name} IS NOT DISTINCT FROM raw_maps.{name}" for name in names)
    return f" JOIN raw_maps ON {same}"


def _entries(cells: Iterable[tuple[str, int]]) -> str:
    entries = ", ".join(f"({literal(name)}, c{position})" for name, position in cells)
    if not entries:
        return NO_ENTRIES
    return f"map_from_entries(list_filter([{entries}], lambda entry: entry[2] IS NOT NULL))"
