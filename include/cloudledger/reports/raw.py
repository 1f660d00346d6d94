"""What is read of ``raw_cells``: the view ``raw_text``, and ``raw`` that ``sql/focus`` maps."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.layout import Layout
from cloudledger.sql import identifier, literal
from cloudledger.workers import Worker

NO_ENTRIES = "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))"
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
    if report_format.tag_prefixes:
        columns.append(f"{_entries(layout.tags.items())} AS tags")
    extra, exact, joins = _entries(layout.extra.items()), NO_ENTRIES, ""
    if mended:
        exact = f"coalesce(raw_mended.x_exact, {NO_ENTRIES})"
        extra = (
            f"CASE WHEN raw_mended.x_left IS NULL THEN {extra} "
            f"ELSE map_concat({extra}, raw_mended.x_left) END"
        )
        joins = " LEFT JOIN raw_mended USING (record_number)"
    columns += [f"{extra} AS x_extra", f"{exact} AS x_exact"]
    where = f" WHERE raw_cells.{KEPT}" if set_aside else ""
    select = f"SELECT {', '.join(columns)} FROM raw_cells{joins}{where}"
    worker.tell("raw", f"CREATE OR REPLACE TEMP VIEW raw AS {select}")


def cells_of(
    layout: Layout, report_format: ReportFormat, mended: Collection[str] = ()
) -> dict[str, frozenset[str]]:
    """Column of ``raw`` -> those of ``raw_cells`` that alone decide it.

    Not those that differ from record to record: its number, what cells of ``mended`` become.
    """
    found = {
        column.name: _names(
            [layout.declared[column.name]] if column.name in layout.declared else []
        )
        for column in report_format.columns
        if column.name not in mended
    }
    if report_format.tag_prefixes:
        found["tags"] = _names(layout.tags.values())
    if not mended:
        found["x_extra"] = _names(layout.extra.values())
        found["x_exact"] = frozenset()
    return found


def _names(positions: Iterable[int]) -> frozenset[str]:
    return frozenset(f"c{position}" for position in positions)


def _cell(layout: Layout, column: RawColumn) -> str:
    if column.name in layout.given:
        return literal(layout.given[column.name])
    position = layout.declared.get(column.name)
    if position is None:
        return "CAST(NULL AS VARCHAR)"
    return column.spelt.format(cell=f"raw_cells.c{position}")


def _entries(cells: Iterable[tuple[str, int]]) -> str:
    entries = ", ".join(f"({literal(name)}, c{position})" for name, position in cells)
    if not entries:
        return NO_ENTRIES
    return f"map_from_entries(list_filter([{entries}], lambda entry: entry[2] IS NOT NULL))"
