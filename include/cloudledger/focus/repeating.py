"""The cells of a block that repeat from record to record, so that what is made of them, or looked
for in them, is once for each text and not once a line.
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
"""What has more distinct texts than this part of the records does not repeat."""


class Cells:
    """A block's cells: ``record_number``, which goes up, and columns of text."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._repeating: dict[str, pa.DictionaryArray | None] = {}

    def repeating(self, cell: str) -> pa.DictionaryArray | None:
        """A column by its distinct texts, NULL among them; ``None`` where it hardly repeats."""
        if cell not in self._repeating:
            self._repeating[cell] = self._encoded(self.table[cell])
        return self._repeating[cell]

    def _encoded(self, column: pa.ChunkedArray) -> pa.DictionaryArray | None:
        sample = column.slice(0, SAMPLE)
        if len(column) < WORTH_GROUPING or len(sample.unique()) > SAMPLE / 2:
            return None
        encoded = column.combine_chunks().dictionary_encode("encode")
        return encoded if len(encoded.dictionary) <= MOST_DISTINCT * len(column) else None

    def beside(self, texts: Mapping[str, pa.Array]) -> pa.Table:
        """A table like that of the cells with these texts in its columns, NULL in the others.

        What is too short repeats. Its records count down from -1.
        """
        length = max((len(text) for text in texts.values()), default=1)
        columns = {"record_number": pa.array(range(-1, -length - 1, -1), pa.int64())}
        for field in self.table.schema:
            if field.name in texts:
                text = texts[field.name]
                columns[field.name] = text.take(pa.array(np.arange(length) % len(text)))
            elif field.name not in columns:
                columns[field.name] = pa.nulls(length, field.type)
        return pa.table(columns)


@dataclass(frozen=True, slots=True)
class Repeating:
    """``rows``: distinct texts as cells. ``at``: for each column made of them alone, and each
    record, the row that it is made of."""

    rows: pa.Table
    at: Mapping[str, pa.Array]


def repeating(cells: Cells, made_of: Mapping[str, frozenset[str]]) -> Repeating:
    """What can be made of distinct texts, where ``made_of`` says the cells each column needs.

    Columns that have a cell in common share a group, whose rows are the distinct combinations of
    its cells. Groups share no cell, so they stand side by side in one table.
    """
    candidates = {
        column: needed
        for column, needed in made_of.items()
        if all(cells.repeating(cell) is not None for cell in needed)
    }
    groups = list(_groups(cells, candidates)) if candidates else []
    texts = {cell: text for group in groups for cell, text in group.texts.items()}
    at = {column: pa.array(group.at) for group in groups for column in group.columns}
    return Repeating(cells.beside(texts), at)


@dataclass(slots=True)
class _Group:
    """Columns, the texts of each of their cells by combination, which combination by record."""

    columns: list[str]
    texts: dict[str, pa.Array]
    at: NDArray[np.int64]


def _groups(cells: Cells, made_of: Mapping[str, frozenset[str]]) -> Iterator[_Group]:
    for needed, columns in _connected(made_of):
        group = _Group(columns, {}, np.zeros(cells.table.num_rows, np.int64))
        if all(_combine(group, cell, cells.repeating(cell)) for cell in sorted(needed)):
            yield group


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
    texts = encoded.dictionary
    if len(texts) == 1:
        group.texts[cell] = texts
        return True
    codes = group.at * len(texts) + encoded.indices.to_numpy()
    combined = pa.array(codes).dictionary_encode()
    if len(combined.dictionary) > MOST_DISTINCT * len(codes):
        return False
    before, added = np.divmod(combined.dictionary.to_numpy(), len(texts))
    for name, known in group.texts.items():
        if len(known) > 1:
            group.texts[name] = known.take(pa.array(before))
    group.texts[cell] = texts.take(pa.array(added))
    group.at = combined.indices.to_numpy().astype(np.int64)
    return True
