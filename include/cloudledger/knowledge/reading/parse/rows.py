"""Rows of tables as text that says what each cell is, so that a row is understood alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudledger.knowledge.document import Block, BlockKind
from cloudledger.knowledge.reading.normalise import normalised
from cloudledger.knowledge.reading.sentences import CELL


def row_blocks(rows: Iterable[Sequence[str]]) -> list[Block]:
    """The rows after the first, each cell named by it: ``Region: Frankfurt | Price: 3``.

    Of a table with one row, that row.
    """
    cleaned = [[normalised(cell) for cell in row] for row in rows]
    cleaned = [row for row in cleaned if any(row)]
    if len(cleaned) < 2:
        return [Block(BlockKind.ROW, CELL.join(filter(None, row))) for row in cleaned]
    header = cleaned[0]
    return [Block(BlockKind.ROW, _named(header, row)) for row in cleaned[1:]]


def _named(header: Sequence[str], row: Sequence[str]) -> str:
    names = [*header, *[""] * len(row)]
    return CELL.join(
        f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell
    )
