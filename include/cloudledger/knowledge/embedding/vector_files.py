"""Vectors that no warehouse has yet: Parquet files that a killed run finds again.

A file is written beside its place and renamed, so it is there whole or not at all; one that is
damaged later does not count, and what it held is embedded again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding.encoder import Vectors

PART = 1024
"""Vectors of one file: what a killed process can lose."""

_UNFINISHED = ".unfinished"


def vector_folder(home: Path) -> Path:
    """Where vectors lie until a release's table holds them."""
    return home / "knowledge" / "embedded"


def parts(folder: Path, embedding_key: str) -> Iterator[pa.Table]:
    """The tables of all whole files: ``text_hash`` string, ``embedding`` list<float>[dimensions].

    :param folder: of all models' vectors, see :func:`vector_folder`.
    """
    for path in part_files(folder, embedding_key):
        if (table := read_part(path)) is not None:
            yield table


def embedded_hashes(folder: Path, embedding_key: str) -> set[str]:
    """The texts that whole files have vectors of."""
    return {
        text_hash
        for table in parts(folder, embedding_key)
        for text_hash in table.column("text_hash").to_pylist()
    }


def part_files(folder: Path, embedding_key: str) -> list[Path]:
    """Every finished file, whole or damaged, in the order of names."""
    return sorted((folder / embedding_key).glob("*.parquet"))


def read_part(path: Path) -> pa.Table | None:
    """What a file holds; None when it is damaged."""
    try:
        return pq.read_table(path, page_checksum_verification=True, partitioning=None)
    except (pa.ArrowInvalid, OSError):
        return None


def forget(folder: Path, embedding_key: str) -> None:
    """Take away every finished file, once a release's table holds what they do."""
    for path in part_files(folder, embedding_key):
        path.unlink(missing_ok=True)


def write_part(folder: Path, embedding_key: str, hashes: Sequence[str], vectors: Vectors) -> Path:
    """Write vectors, shape ``[hashes, dimensions]``; a file of the same texts is replaced."""
    target = folder / embedding_key / f"{hashed('part', *hashes)}.parquet"
    values = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
    table = pa.table(
        {
            "text_hash": pa.array(hashes, pa.string()),
            "embedding": pa.FixedSizeListArray.from_arrays(values, vectors.shape[1]),
        }
    )
    unfinished = target.with_suffix(_UNFINISHED)
    with unfinished.open("wb") as out:
        pq.write_table(
            table, out, compression="none", use_dictionary=False, write_page_checksum=True
        )
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(target)
    entry = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
    return target


@contextmanager
def writing(folder: Path, embedding_key: str, say: Callable[[str], None]) -> Iterator[None]:
    """Be the only run that writes a model's vectors, and sweep up what a killed one left.

    Another run that is writing is waited for: what it embeds need not be embedded again.
    """
    place = folder / embedding_key
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".writing").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another run is embedding into {place}: waiting for its end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for unfinished in place.glob(f"*{_UNFINISHED}"):
            unfinished.unlink()
        yield
