"""Read what is new in a place of documents: list, leave out what is known, download, cut."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from cloudledger.clouds.object_store import ObjectStore, ObjectVanished, SourceObject
from cloudledger.knowledge.config import Knowledge, KnowledgeSource
from cloudledger.knowledge.document import SetAside
from cloudledger.knowledge.embedding.encoder import Tokens
from cloudledger.knowledge.reading import checkpoint
from cloudledger.knowledge.reading.checkpoint import Prepared
from cloudledger.knowledge.reading.prepare import prepare

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a place holds, and how much of it was read now.

    :param objects: every object, in key order.
    :param read: how many of them are new, changed, or prepared in another way.
    """

    objects: tuple[SourceObject, ...]
    read: int
    documents: int
    set_aside: tuple[SetAside, ...]


def gather(
    store: ObjectStore,
    source: KnowledgeSource,
    prefix: str,
    *,
    known: Set[tuple[str, str]],
    home: Path,
    key: str,
    tokenizer: Tokens,
    knowledge: Knowledge,
    say: Say,
) -> Gathered:
    """Keep the documents of every object under ``prefix`` that is not known, a file each.

    An object that is gone when it is to be read counts as not listed.

    :param known: URI and etag of objects that the warehouse has documents of, prepared by ``key``.
    :param home: the ledger's home; ``key`` is of :func:`.prepare.prep_key`.
    :raises ObjectStoreError: the place cannot be listed, or an object not be read.
    """
    objects: list[SourceObject] = []
    aside: list[SetAside] = []
    read = documents = 0
    with tempfile.TemporaryDirectory(prefix="cloudledger-") as folder:
        copy = Path(folder) / "object"
        for found in store.list(prefix):
            path = checkpoint.prepared(home, key, found)
            if (found.uri, found.etag) not in known and not path.is_file():
                try:
                    made = list(_prepared(store, found, copy, source, key, tokenizer, knowledge))
                except ObjectVanished as error:
                    say(f"left out: {error}")
                    continue
                checkpoint.write(path, made)
                read += 1
                for one in made:
                    if isinstance(one, SetAside):
                        say(f"set aside: {one.uri}: {one.detail}")
                        aside.append(one)
                    else:
                        documents += 1
            objects.append(found)
    return Gathered(tuple(objects), read, documents, tuple(aside))


def _prepared(
    store: ObjectStore,
    found: SourceObject,
    copy: Path,
    source: KnowledgeSource,
    key: str,
    tokenizer: Tokens,
    knowledge: Knowledge,
) -> Iterator[Prepared]:
    if found.bytes > knowledge.max_bytes:
        yield SetAside(
            object_uri=found.uri,
            uri=found.uri,
            source=source.name,
            etag=found.etag,
            prep_key=key,
            reason="too_large",
            detail=(
                f"it has {found.bytes:,} bytes, and {knowledge.max_bytes:,} are read at most: "
                "split it, or raise knowledge.max_bytes"
            ),
        )
        return
    store.download(found, copy)
    yield from prepare(copy, found, source, key, tokenizer, knowledge)
