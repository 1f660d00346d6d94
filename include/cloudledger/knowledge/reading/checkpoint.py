"""Documents that were read and cut, kept in files until the warehouse has them.

Reading holds no warehouse, and a run that is killed reads nothing twice: each object's documents
are a file of their own, named by the object's version and by how it was prepared.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.document import Chunk, Document, Metadata, SetAside, hashed

Prepared = Document | SetAside


def prepared(home: Path, key: str, found: SourceObject) -> Path:
    """Where the documents of one version of an object are kept."""
    name = hashed("object", found.uri, found.etag)
    return home / "knowledge" / "prepared" / key / f"{name}.jsonl"


def write(path: Path, documents: Iterable[Prepared]) -> int:
    """Keep the documents of an object, all of them or none; how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for document in documents:
            count += 1
            kind = "document" if isinstance(document, Document) else "set_aside"
            file.write(json.dumps({kind: asdict(document)}, default=_instant))
            file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return count


def read(path: Path) -> Iterator[Prepared]:
    """The documents of an object, one at a time."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            told: dict[str, Any] = json.loads(line)
            if aside := told.get("set_aside"):
                yield SetAside(**aside)
            else:
                yield _document(told["document"])


def listing(home: Path, run_id: str) -> Path:
    """Where a run keeps what it listed, from one of its tasks to the next."""
    return home / "knowledge" / "listings" / f"{hashed('listing', run_id)}.jsonl"


def write_listing(path: Path, objects: Iterable[SourceObject]) -> None:
    """Keep a listing, in place of one of the same run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text("".join(f"{json.dumps(one.to_json())}\n" for one in objects), "utf-8")
    part.replace(path)


def read_listing(path: Path) -> list[SourceObject]:
    """A listing that a run kept."""
    with path.open(encoding="utf-8") as file:
        return [SourceObject.from_json(json.loads(line)) for line in file]


def _document(told: dict[str, Any]) -> Document:
    metadata = told["metadata"]
    day = metadata["document_date"]
    return Document(
        **told
        | {
            "modified_at": datetime.fromisoformat(told["modified_at"]),
            "metadata": Metadata(
                **metadata
                | {
                    "document_date": day and date.fromisoformat(day),
                    "tags": tuple(metadata["tags"]),
                }
            ),
            "chunks": tuple(Chunk(**chunk) for chunk in told["chunks"]),
        }
    )


def _instant(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
