"""``python -m bench.knowledge_search``: how long a search over 100,000 chunks takes in DuckDB.

Texts are made of words as often as Zipf has them, vectors are at random: where a vector points does
not change how long it is compared. Each question is some words of one chunk. The milliseconds are
those of `search` itself: encoding the question by the packaged model, finding, reading passages.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from cloudledger.knowledge.config import Knowledge, VectorIndex
from cloudledger.knowledge.document import Chunk, Document, Metadata, hashed
from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.embedding.model import open_encoder
from cloudledger.knowledge.gate.measures import percentile
from cloudledger.knowledge.releases.begin import begin
from cloudledger.knowledge.releases.fill import fill, missing_texts
from cloudledger.knowledge.releases.index import build_index
from cloudledger.knowledge.releases.release_store import releases
from cloudledger.knowledge.releases.store import save
from cloudledger.knowledge.retrieval.candidates import Where
from cloudledger.knowledge.retrieval.search import search
from cloudledger.run import Run
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_duckdb

CHUNKS, OF_A_DOCUMENT = 100_000, 5
WORDS, VOCABULARY, FLATTENED = 110, 40_000, 30
"""Words of a chunk; different ones in all; q of Zipf-Mandelbrot: the commonest is in a third."""
ASKED, OF_A_QUESTION, WARMING = 60, 7, 5
AT = datetime(2026, 11, 1, tzinfo=UTC)
WANTED_MS = 150
SAVED = 1000
"""Documents that are saved in one transaction."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds over ``questions`` searches in a row.

    :param busy_ms: the median of what all cores together worked: what is waited at most on a
        machine that has nothing else to do.
    """

    kind: str
    questions: int
    p50_ms: float
    p95_ms: float
    busy_ms: float


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.knowledge_search", description=__doc__)
    parser.add_argument("--chunks", type=int, default=CHUNKS)
    parser.add_argument("--questions", type=int, default=ASKED)
    parser.add_argument("--home", type=Path, help="keep the warehouse here, and use it again")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder:
        figures = measured(asked.home or Path(folder), asked.chunks, asked.questions)
    print(f"{'search':28}{'questions':>10}{'p50, ms':>10}{'p95, ms':>10}{'busy, ms':>10}")
    for one in figures:
        waited = f"{one.p50_ms:>10.0f}{one.p95_ms:>10.0f}{one.busy_ms:>10.0f}"
        print(f"{one.kind:28}{one.questions:>10}{waited}")
    print(f"\nwanted: a hybrid search in less than {WANTED_MS} ms, p50, on two cores")
    return 0


def measured(home: Path, chunks: int = CHUNKS, asked: int = ASKED) -> list[Figure]:
    """Each kind of search: every question once, after some to warm up."""
    encoder = open_encoder(Knowledge())
    path = home / "warehouse.duckdb"
    if not path.exists():
        with open_duckdb(path) as warehouse:
            _made(warehouse, encoder, chunks)
    questions = [" ".join(words) for words in _texts(WARMING + asked, OF_A_QUESTION, seed=2)]
    with open_duckdb(path, read_only=True) as warehouse, warehouse.transaction() as session:
        release = releases(session)[0]
        find = partial(search, session, "duckdb", release, encoder)
        in_2026 = Where(tag="tag 1", since=date(2026, 1, 1), until=date(2026, 12, 31))
        kinds: dict[str, Callable[[str], object]] = {
            "encoding alone": encoder.question,
            "by meaning": partial(find, mode="meaning"),
            "by words": partial(find, mode="words"),
            "hybrid": find,
            "hybrid, a department": partial(find, where=Where(department="department 3")),
            "hybrid, a tag and a year": partial(find, where=in_2026),
            "hybrid, newer first": partial(find, recency_half_life_days=90, at=AT),
        }
        return [_timed(kind, each, questions) for kind, each in kinds.items()]


def _timed(kind: str, find: Callable[[str], object], questions: list[str]) -> Figure:
    taken, busy = [], []
    for question in questions:
        began, worked = time.perf_counter(), time.process_time()
        find(question)
        busy.append((time.process_time() - worked) * 1000)
        taken.append((time.perf_counter() - began) * 1000)
    timed = taken[WARMING:]
    return Figure(
        kind,
        len(timed),
        percentile(timed, 0.5),
        percentile(timed, 0.95),
        percentile(busy[WARMING:], 0.5),
    )


def _made(warehouse: DuckDbWarehouse, encoder: Encoder, chunks: int) -> None:
    run = Run("bench", AT)
    warehouse.migrate()
    documents = _documents(chunks)
    while batch := list(islice(documents, SAVED)):
        with warehouse.transaction() as session:
            save(session, "duckdb", batch, run)
    with warehouse.transaction() as session:
        versions = session.query("SELECT document_version FROM document")[0].to_pylist()
        release = begin(session, "duckdb", encoder, hashed("bench"), versions, run)
        lacking = [name for name, _ in missing_texts(session, release)]
    vectors = np.random.default_rng(3).standard_normal(
        (len(lacking), encoder.dimensions), dtype=np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embedding = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), encoder.dimensions)
    fill(warehouse, release, [pa.table({"text_hash": lacking, "embedding": embedding})])
    build_index(warehouse, release, VectorIndex())


def _documents(chunks: int) -> Iterator[Document]:
    texts = _texts(chunks, WORDS, seed=1)
    for number in range(chunks // OF_A_DOCUMENT):
        document_id = hashed("document", str(number))
        yield Document(
            document_id=document_id,
            document_version=document_id,
            object_uri=f"file:///bench/{number}.md",
            uri=f"file:///bench/{number}.md",
            source="bench",
            etag=str(number),
            prep_key=hashed("bench"),
            media_type="text/markdown",
            bytes=4000,
            modified_at=AT,
            metadata=Metadata(
                title=f"Document {number}",
                department=f"department {number % 20}",
                document_date=(AT - timedelta(days=number % 1000)).date(),
                tags=(f"tag {number % 50}",),
            ),
            chunks=tuple(
                Chunk(
                    chunk_id=hashed("chunk", document_id, str(place)),
                    place=place,
                    title_path=f"Document {number}",
                    locator="",
                    body=" ".join(next(texts)),
                    tokens=WORDS,
                )
                for place in range(1, OF_A_DOCUMENT + 1)
            ),
        )


def _texts(count: int, words: int, seed: int) -> Iterator[list[str]]:
    weights = 1 / (np.arange(VOCABULARY) + FLATTENED)
    weights /= weights.sum()
    chance = np.random.default_rng(seed)
    for begun in range(0, count, 1000):
        size = min(1000, count - begun), words
        for row in chance.choice(VOCABULARY, size=size, p=weights):
            yield [f"word{number}" for number in row]


if __name__ == "__main__":
    sys.exit(main())
