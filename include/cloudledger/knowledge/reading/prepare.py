"""An object made documents, each cut into chunks and with its metadata, or set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.config import Defaults, Knowledge, KnowledgeSource
from cloudledger.knowledge.document import (
    Block,
    BlockKind,
    Chunk,
    Document,
    Metadata,
    Parsed,
    SetAside,
    Unreadable,
    hashed,
)
from cloudledger.knowledge.embedding.encoder import Encoder, Tokens
from cloudledger.knowledge.reading.chunk import CHUNKER, Piece, chunks
from cloudledger.knowledge.reading.normalise import NORMALISER, cut, normalised, normalised_blocks
from cloudledger.knowledge.reading.parse import PARSER, parse
from cloudledger.knowledge.reading.parse.media import media_type
from cloudledger.knowledge.reading.parse.metadata import TITLE_BYTES, tags

DETAIL_BYTES = 2000
PART_BYTES = 128


def prep_key(knowledge: Knowledge, encoder: Encoder) -> str:
    """32 hex digits over all that decides how an object becomes chunks."""
    defaults = [
        f"{source.name} {given.model_dump_json()}"
        for source in knowledge.sources
        for given in source.defaults
    ]
    how = [
        *(PARSER, NORMALISER, CHUNKER, encoder.model, knowledge.document_prompt),
        *(str(_limit(knowledge, encoder)), str(knowledge.overlap_tokens)),
        str(knowledge.max_bytes),
    ]
    return hashed("prepare", *how, *sorted(defaults))


def prepare(
    path: Path,
    obj: SourceObject,
    source: KnowledgeSource,
    prep_key: str,
    tokenizer: Tokens,
    knowledge: Knowledge,
) -> Iterator[Document | SetAside]:
    """The documents of a downloaded object, one at a time; what cannot be read is set aside.

    :param path: where it was downloaded to.
    :raises OSError: the file cannot be read.
    :raises ValueError: the settings leave no room for text in a chunk.
    """
    aside = SetAside(obj.uri, obj.uri, source.name, obj.etag, prep_key, "", "")
    try:
        if (size := path.stat().st_size) > knowledge.max_bytes:
            raise Unreadable(
                "too_large",
                f"it has {size:,} bytes, and {knowledge.max_bytes:,} are read at most: split it,"
                " or raise knowledge.max_bytes",
            )
        kind = media_type(path, obj.uri)
        empty = True
        for one in parse(path, kind, obj.uri):
            empty = False
            uri = f"{obj.uri}#{cut(one.part, PART_BYTES)}" if one.part else obj.uri
            if isinstance(one, Parsed):
                yield _document(one, obj, uri, source, prep_key, kind, tokenizer, knowledge)
            else:
                detail = cut(one.detail, DETAIL_BYTES)
                yield replace(aside, uri=uri, reason=one.reason, detail=detail)
        if empty:
            raise Unreadable("empty", "nothing is beneath its first line: fill it, or take it away")
    except Unreadable as error:
        yield replace(aside, reason=error.reason, detail=cut(str(error), DETAIL_BYTES))


def _document(
    parsed: Parsed,
    obj: SourceObject,
    uri: str,
    source: KnowledgeSource,
    prep_key: str,
    kind: str,
    tokenizer: Tokens,
    knowledge: Knowledge,
) -> Document | SetAside:
    blocks = normalised_blocks(parsed.blocks)
    if not any(letter.isalnum() for block in blocks for letter in block.text):
        detail = "no words were found in it: fill it, or take it away"
        return SetAside(obj.uri, uri, source.name, obj.etag, prep_key, "empty", detail)
    title = parsed.metadata.title or _title(blocks, uri)
    metadata = replace(_with_defaults(parsed.metadata, obj.uri, source), title=title)
    limit = _limit(knowledge, tokenizer)
    pieces = chunks(title, blocks, limit, knowledge.overlap_tokens, tokenizer.count)
    document_id = hashed("document", parsed.declared_id or uri)
    version = hashed("version", document_id, uri, prep_key, *_told(metadata), *_read(pieces))
    return Document(
        document_id=document_id,
        document_version=version,
        object_uri=obj.uri,
        uri=uri,
        source=source.name,
        etag=obj.etag,
        prep_key=prep_key,
        media_type=kind,
        bytes=obj.bytes,
        modified_at=obj.delivered_at,
        metadata=metadata,
        chunks=tuple(
            Chunk(hashed("chunk", version, str(place)), place, *piece)
            for place, piece in enumerate(pieces, start=1)
        ),
    )


def _limit(knowledge: Knowledge, tokenizer: Tokens) -> int:
    return min(knowledge.chunk_tokens or tokenizer.max_tokens, tokenizer.max_tokens)


def _title(blocks: Sequence[Block], uri: str) -> str:
    """Of a document that has none: its first heading, else the name of its file."""
    if blocks[0].kind is BlockKind.HEADING:
        return cut(blocks[0].text, TITLE_BYTES)
    stem = PurePosixPath(uri.partition("#")[0]).stem
    return cut(normalised(stem.replace("_", " ").replace("-", " ")), TITLE_BYTES) or "untitled"


def _with_defaults(own: Metadata, uri: str, source: KnowledgeSource) -> Metadata:
    under = uri.removeprefix(source.uri).lstrip("/")
    fitting = [given for given in source.defaults if under.startswith(given.prefix.lstrip("/"))]
    given = max(fitting, key=lambda one: len(one.prefix), default=Defaults())
    return replace(
        own,
        department=own.department or given.department,
        category=own.category or given.category,
        region=own.region or given.region,
        tags=tags((*own.tags, *given.tags)),
    )


def _told(metadata: Metadata) -> list[str]:
    named = (metadata.department, metadata.category, metadata.region, metadata.document_date)
    return [metadata.title, *map(str, named), str(len(metadata.tags)), *metadata.tags]


def _read(pieces: Sequence[Piece]) -> list[str]:
    return [part for piece in pieces for part in (piece.title_path, piece.locator, piece.body)]
