"""A block's raw cells as ledger lines, by ``sql/focus/<format>.sql``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb
import numpy as np
import pyarrow as pa

from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS
from cloudledger.focus.lineage import Lineage, lineage
from cloudledger.focus.reference import create_references
from cloudledger.focus.repeating import Cells, repeating
from cloudledger.sql import statement
from cloudledger.workers import Worker

BATCH = 32_768
"""Lines handed on at a time."""
NAMES = [column.name for column in LINE_COLUMNS]
RECORD = "x_record_number"


class NotALine(Exception):
    """A sql/focus statement does not select LINE_COLUMNS, or not one line of each record."""


def focus_lines(
    worker: Worker, format_name: str, cells: Cells, made_of: Mapping[str, frozenset[str]]
) -> Iterator[pa.RecordBatch]:
    """The lines, of LINE_COLUMNS, that the format's statement makes of the view ``raw``.

    ``raw`` is defined over ``raw_cells``, which is registered here: ``cells``. ``made_of`` says
    which of them a column of ``raw`` is made of, where they alone decide it. What is made of such
    columns alone, and repeats, is made once for each combination of texts; then text is dictionary
    encoded.

    :raises NotALine: the statement is not what it must be.
    """
    mapping = _mapping(worker, format_name)
    found = repeating(
        cells,
        {
            column: frozenset().union(*(made_of[one] for one in needed))
            for column, needed in mapping.made_of.items()
            if needed <= made_of.keys()
        },
    )
    rows = {name: found.at[name] for name in NAMES if name in found.at}
    once = _once(worker.con, mapping.only(frozenset({*rows, RECORD})), found.rows) if rows else {}
    worker.con.register("raw_cells", cells.table)
    numbers = cells.table["record_number"].to_numpy()
    wanted = mapping.only(frozenset(NAMES).difference(rows))
    for batch in worker.con.sql(wanted).to_arrow_reader(BATCH):
        at = pa.array(np.searchsorted(numbers, batch[RECORD].to_numpy()))
        columns = [
            _spread(once[name], rows[name].take(at)) if name in rows else batch[name]
            for name in NAMES
        ]
        yield pa.RecordBatch.from_arrays(columns, NAMES)


def _mapping(worker: Worker, format_name: str) -> Lineage:
    select = statement(f"focus/{format_name}")
    worker.once("references", create_references)
    worker.tell("macros", statement("focus/macros"))
    worker.once(select, lambda con: _check(con, select, format_name))
    return lineage(select)


def _check(con: duckdb.DuckDBPyConnection, select: str, format_name: str) -> None:
    """That a mapping makes the columns of a line, in their order and of their kinds."""
    found = [(name, kind) for name, kind, *_ in con.execute(f"DESCRIBE {select}").fetchall()]
    wanted = [(column.name, DUCKDB_TYPE[column.kind]) for column in LINE_COLUMNS]
    if found != wanted:
        differing = [f"{a} is not {b}" for a, b in zip(found, wanted, strict=False) if a != b]
        raise NotALine(
            f"sql/focus/{format_name}.sql: {len(found)} columns for {len(wanted)}; "
            + ", ".join(differing)
        )


def _once(con: duckdb.DuckDBPyConnection, select: str, rows: pa.Table) -> dict[str, pa.Array]:
    """What is made of each row, in their order."""
    con.register("raw_cells", rows)
    made = con.sql(select).to_arrow_reader(BATCH).read_all().sort_by([(RECORD, "descending")])
    if not made[RECORD].equals(rows["record_number"]):
        raise NotALine(f"{rows.num_rows} records make {made.num_rows} lines")
    return {name: made[name].combine_chunks() for name in made.column_names}


def _spread(made: pa.Array, rows: pa.Array) -> pa.Array:
    """The value of each line's row."""
    encoded = by_dictionary(made)
    if pa.types.is_dictionary(encoded.type):  # whose take would copy the dictionary
        return pa.DictionaryArray.from_arrays(encoded.indices.take(rows), encoded.dictionary)
    return encoded.take(rows)


def by_dictionary(values: pa.Array) -> pa.Array:
    """Text dictionary encoded, a map's keys and values too; anything else as it is."""
    if pa.types.is_string(values.type):
        return values.dictionary_encode()
    if pa.types.is_map(values.type) and pa.types.is_string(values.type.key_type):
        keys, items = values.keys.dictionary_encode(), values.items.dictionary_encode()
        kind = pa.map_(keys.type, items.type)
        entries = pa.StructArray.from_arrays(
            [keys, items],
            fields=[pa.field("key", keys.type, nullable=False), pa.field("value", items.type)],
        )
        return pa.Array.from_buffers(
            kind, len(values), values.buffers()[:2], offset=values.offset, children=[entries]
        )
    return values
