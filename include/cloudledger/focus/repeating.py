"""The cells of a block that repeat from record to record, so that what is made of them is made once.

Columns made of the same cells share a group: its distinct combinations are the rows of a small
table. Groups have no cell in common, so they stand side by side in one table, each as long as it
is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

WORTH_GROUPING = 2_000
"""Records of a block from which it pays."""
SAMPLE = 1_024
"""Records at the beginning that tell whether a column is worth a closer look."""
MOST_DISTINCT = 1 / 4
"""A group with more combinations than this part of the records does not repeat."""

_Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Repeating:
    """What repeats in a block.

    ``rows`` has the columns of the block's cells and, as ``record_number``, -1, -2... by row.
    ``at`` says by column to be made, and by record of the block, the row that it is made in.
    """

    rows: pa.Table
    at: Mapping[str, pa.Array]


@dataclass(slots=True)
class _Group:
    """Cells, the columns made of them, each combination's text by cell, and which one by record."""

    cells: frozenset[str]
    columns: list[str]
    texts: dict[str, pa.Array]
    at: _Codes


def repeating(cells: pa.Table, made_of: Mapping[str, frozenset[str]]) -> Repeating:
    """Group ``cells``, a block's, by what ``made_of`` says each column to be made needs of them.

    A column that is in none of the groups is not in ``at``.
    """
    groups = list(_groups(cells, made_of)) if cells.num_rows >= WORTH_GROUPING else []
    length = max((len(text) for group in groups for text in group.texts.values()), default=1)
    texts = {cell: text for group in groups for cell, text in group.texts.items()}
    rows = {"record_number": pa.array(range(-1, -length - 1, -1), pa.int64())}
    for field in cells.schema:
        if field.name != "record_number":
            rows[field.name] = _as_long(texts.get(field.name), length, field.type)
    at = {column: pa.array(group.at) for group in groups for column in group.columns}
    return Repeating(pa.table(rows), at)


def _as_long(text: pa.Array | None, length: int, kind: pa.DataType) -> pa.Array:
    """The texts repeated to a length: what fills up is text that reads as the rest does."""
    if text is None:
        return pa.nulls(length, kind)
    return text.take(pa.array(np.arange(length) % len(text)))


def _groups(cells: pa.Table, made_of: Mapping[str, frozenset[str]]) -> Iterator[_Group]:
    encoded: dict[str, pa.DictionaryArray | None] = {}
    for cell in sorted({cell for needed in made_of.values() for cell in needed}):
        encoded[cell] = _encoded(cells[cell])
    for needed, columns in _connected(
        {
            column: needed
            for column, needed in made_of.items()
            if all(encoded[cell] is not None for cell in needed)
        }
    ):
        group = _Group(needed, columns, {}, np.zeros(cells.num_rows, np.int64))
        for cell in sorted(needed):
            if not _combine(group, cell, encoded[cell]):
                break
        else:
            yield group


def _encoded(cell: pa.ChunkedArray) -> pa.DictionaryArray | None:
    """A column by its distinct texts, unless it hardly repeats."""
    sample = cell.slice(0, SAMPLE)
    if len(sample.unique()) > len(sample) / 2:
        return None
    encoded = cell.combine_chunks().dictionary_encode("encode")
    return encoded if len(encoded.dictionary) <= MOST_DISTINCT * len(cell) else None


def _connected(
    made_of: Mapping[str, frozenset[str]],
) -> list[tuple[frozenset[str], list[str]]]:
    """The columns by cells, those with a cell in common together."""
    found: list[tuple[frozenset[str], list[str]]] = []
    for column, needed in made_of.items():
        joined = [one for one in found if one[0] & needed]
        found = [one for one in found if not one[0] & needed]
        cells = needed.union(*(cells for cells, _ in joined))
        found.append((cells, [column, *(name for _, columns in joined for name in columns)]))
    return found


def _combine(group: _Group, cell: str, encoded: pa.DictionaryArray) -> bool:
    """Add a cell to a group's combinations; ``False`` when they are too many."""
    known = encoded.dictionary
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    if len(known) == 1 or not group.texts:
        combined = group.at * len(known) + codes
    else:
        combined = group.at * len(known) + codes
    distinct = pa.array(combined).dictionary_encode()
    both = distinct.dictionary.to_numpy()
    if len(both) > MOST_DISTINCT * len(codes):
        return False
    group.texts = {name: text.take(pa.array(both // len(known))) for name, text in group.texts.items()}
    group.texts[cell] = known.take(pa.array(both % len(known)))
    group.at = distinct.indices.to_numpy().astype(np.int64)
    return True
