"""What flows from an object to the index: blocks of text, documents, chunks, and why one is not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


def hashed(*parts: str) -> str:
    """32 hex digits over texts; no two lists of texts that differ are written alike."""
    digest = hashlib.sha256()
    for part in parts:
        text = part.encode()
        digest.update(b"%d:" % len(text))
        digest.update(text)
    return digest.hexdigest()[:32]


class BlockKind(StrEnum):
    """What a piece of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document that is never torn apart without need.

    :param level: of a heading, 1 for the highest.
    :param locator: where a reader finds it: ``page 12``; empty where only the title path says.
    """

    kind: BlockKind
    text: str
    level: int = 0
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What documents are filtered by; ``document_date`` is when what it says began to hold."""

    title: str = ""
    department: str | None = None
    category: str | None = None
    region: str | None = None
    document_date: date | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document as its format holds it.

    :param declared_id: the id that it gives itself; empty when its address is its identity.
    :param part: what tells it from others of the same object: the row of a CSV file.
    """

    blocks: tuple[Block, ...]
    metadata: Metadata
    declared_id: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is embedded and found as one.

    :param title_path: the document's title and the headings above it, ``A > B > C``.
    :param tokens: of :attr:`text`, by the model's own tokenizer.
    """

    chunk_id: str
    place: int
    title_path: str
    locator: str
    body: str
    tokens: int

    @property
    def text(self) -> str:
        """What is embedded: where it stands, then what it says."""
        return f"{self.title_path}\n{self.body}" if self.title_path else self.body

    @property
    def text_hash(self) -> str:
        """Equal for equal texts, wherever they stand."""
        return hashed(self.text)


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document, cut into chunks.

    :param document_id: stays over its versions: of its declared id, or of its address.
    :param document_version: of its id, text, metadata and of how it was prepared.
    :param object_uri: the object that holds it; ``uri`` adds ``#part`` where one holds many.
    :param prep_key: of normaliser, chunker, their limits and the metadata's defaults.
    """

    document_id: str
    document_version: str
    object_uri: str
    uri: str
    source: str
    etag: str
    prep_key: str
    media_type: str
    bytes: int
    modified_at: datetime
    metadata: Metadata
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A document that cannot be searched, and why; what was known of it before stays.

    :param reason: a word to group by, such as ``encrypted``.
    :param detail: what is wrong, where, and what to do.
    """

    object_uri: str
    uri: str
    source: str
    etag: str
    prep_key: str
    reason: str
    detail: str


class Unreadable(Exception):
    """A document cannot be taken in: a word to group by, then what, where, and what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
