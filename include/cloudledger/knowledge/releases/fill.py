"""A release's table of vectors: what is known is copied, what was embedded is loaded, and at the
end it holds a vector of each of its chunks and no other.

Every step can be killed and run again: it adds only what the table lacks, and counts what it adds
in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import find, releases, tables
from cloudledger.knowledge.statements import filled
from cloudledger.warehouse.port import Engine, Session, Warehouse

PAGE = 10_000
"""Rows that are asked for at a time."""
LOADED = 5_000
"""Vectors that are loaded in a transaction."""


class Incomplete(Exception):
    """Chunks of a release have no vector anywhere."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a release's table holds, held against its chunks.

    :param chunks: of the release, each with its vector now.
    :param embedded: texts that were loaded just now; ``reused``: chunks whose vectors were copied.
    :param holes: chunks that it lacked although it had been filled; they are mended.
    :param ghosts: vectors of no chunk of it; they are gone.
    """

    chunks: int
    embedded: int
    reused: int
    holes: int
    ghosts: int


def create_table(session: Session, engine: Engine, release: Release) -> None:
    """Make the release's table unless it is there. Oracle commits what came before."""
    session.execute(
        filled(
            "create_vector_table",
            engine,
            vector_table=release.vector_table,
            dimensions=release.dimensions,
        )
    )


def missing_texts(session: Session, release: Release) -> Iterator[tuple[str, str]]:
    """Hash and text of what must be embedded for a release that was begun, each text once, by
    hash.
    """
    query = filled("missing_texts", None, vector_table=release.vector_table)
    after = " "
    while True:
        page = session.query(query, release_id=release.release_id, after=after, page=PAGE)
        for row in page.to_pylist():
            title = row["title_path"]
            yield row["text_hash"], f"{title}\n{row['body']}" if title else row["body"]
        if page.num_rows < PAGE:
            return
        after = page["text_hash"][-1].as_py()


def copy_vectors(session: Session, engine: Engine, release: Release) -> int:
    """Copy what this release, or another one of its key, has of the texts that it lacks; how
    many.
    """
    alike = [
        one.vector_table
        for one in releases(session)
        if one.embedding_key == release.embedding_key and one.release_id != release.release_id
    ]
    there = tables(session, engine)
    copied = 0
    for table in (release.vector_table, *alike):
        if table in there and _count(session, "count_holes", release, "holes"):
            copied += session.execute(
                filled(
                    "copy_vectors", None, vector_table=release.vector_table, earlier_table=table
                ),
                release_id=release.release_id,
            )
    _told(session, release, **{"holes" if release.index_kind else "reused": copied})
    return copied


def fill(warehouse: Warehouse, release: Release, parts: Iterable[pa.Table]) -> Reconciled:
    """Bring the table to exactly the vectors of the release's chunks.

    :param parts: ``text_hash`` string and ``embedding`` list<float>, as they were embedded; what
        the release has no use for is left out.
    :raises Incomplete: a text has no vector in any of them.
    """
    with warehouse.transaction() as session:
        release = find(session, release.release_id)
        create_table(session, warehouse.engine, release)
        ghosts = _count(session, "count_ghosts", release, "ghosts")
        lacking = _count(session, "count_holes", release, "holes")
    if not ghosts and not lacking:
        return Reconciled(release.chunks, 0, 0, 0, 0)
    _take_index_away(warehouse, release)
    with warehouse.transaction() as session:
        session.execute(
            filled("forget_ghosts", None, vector_table=release.vector_table),
            release_id=release.release_id,
        )
        _told(session, release, ghosts=ghosts)
    with warehouse.transaction() as session:
        reused = copy_vectors(session, warehouse.engine, release)
    embedded = _load(warehouse, release, parts)
    with warehouse.transaction() as session:
        left = _count(session, "count_holes", release, "holes")
        if left:
            first = next(missing_texts(session, release))
            raise Incomplete(
                f"release {release.number} lacks the vectors of {left} chunks, such as of "
                f"{first[1][:80]!r}: embed what missing_texts gives, then fill it again"
            )
    if release.index_kind:
        return Reconciled(release.chunks, 0, 0, lacking, ghosts)
    return Reconciled(release.chunks, embedded, reused, 0, ghosts)


def _load(warehouse: Warehouse, release: Release, parts: Iterable[pa.Table]) -> int:
    with warehouse.transaction() as session:
        holes = _holes(session, release)
    embedded = 0
    for part in parts:
        if not holes.num_rows:
            break
        for begin in range(0, part.num_rows, LOADED):
            rows, texts = _rows(part.slice(begin, LOADED), holes)
            if not rows.num_rows:
                continue
            with warehouse.transaction() as session:
                session.insert(release.vector_table, rows)
                mended = {"holes": rows.num_rows} if release.index_kind else {"embedded": texts}
                _told(session, release, **mended)
            embedded += texts
            loaded = pc.is_in(holes["chunk_id"], value_set=rows["chunk_id"].combine_chunks())
            holes = holes.filter(pc.invert(loaded))
    return embedded


def _rows(part: pa.Table, holes: pa.Table) -> tuple[pa.Table, int]:
    """The rows of chunks that lack one of these vectors, and how many texts they have."""
    lacking = holes.filter(
        pc.is_in(holes["text_hash"], value_set=part["text_hash"].combine_chunks())
    )
    at = pc.index_in(lacking["text_hash"], value_set=part["text_hash"].combine_chunks())
    embeddings = part["embedding"].combine_chunks().take(at.combine_chunks())
    return lacking.append_column("embedding", embeddings), pc.count_distinct(at).as_py()


def _holes(session: Session, release: Release) -> pa.Table:
    query = filled("holes", None, vector_table=release.vector_table)
    pages = []
    after = " "
    while True:
        page = session.query(query, release_id=release.release_id, after=after, page=PAGE)
        pages.append(page)
        if page.num_rows < PAGE:
            return pa.concat_tables(pages)
        after = page["chunk_id"][-1].as_py()


def _take_index_away(warehouse: Warehouse, release: Release) -> None:
    """Rows come and go in a table without an index only; it is built again afterwards."""
    if warehouse.engine == "oracle":
        with warehouse.transaction() as session:
            session.execute(
                filled("drop_vector_index", "oracle", vector_index=release.vector_index)
            )


def _count(session: Session, name: str, release: Release, what: str) -> int:
    query = filled(name, None, vector_table=release.vector_table)
    (row,) = session.query(query, release_id=release.release_id).to_pylist()
    return int(row[what])


def _told(session: Session, release: Release, **counts: int) -> None:
    if any(counts.values()):
        all_of_them = dict.fromkeys(("embedded", "reused", "holes", "ghosts"), 0) | counts
        session.execute(filled("count_filled", None), release_id=release.release_id, **all_of_them)
