"""Which documents the next release lists, given what lies where now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.document import SetAside
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.store import object_version, save_set_aside, set_aside_row
from cloudledger.knowledge.statements import filled
from cloudledger.run import Run
from cloudledger.warehouse.port import Session

DUPLICATE = "duplicate_id"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The documents of the next release.

    :param versions: sorted, each once.
    :param kept: documents whose newest version cannot be searched: the live release's stands in.
    :param left_out: documents of the live release that are in this one in no version.
    :param duplicates: documents left out because another bears the same id.
    """

    versions: tuple[str, ...]
    kept: int
    left_out: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A document where it lies."""

    uri: str
    object_uri: str
    etag: str
    source: str
    prep_key: str
    document_id: str
    document_version: str


def wanted(
    session: Session,
    listed: Iterable[SourceObject],
    live: Release | None,
    *,
    prefix: str,
    prep_key: str,
    run: Run,
) -> Wanted:
    """The next release's documents, once those of ``listed`` are kept (:mod:`.store`).

    Of two documents with one id the first by URI counts, and the other is set aside. An object
    that no kept document or set-aside names keeps what the live release has of it, as one does
    that is set aside.

    :param listed: what lies under ``prefix`` now; a document elsewhere is the live release's.
    :param prefix: of the objects' URIs; empty for all of them.
    """
    here = {found.uri: found for found in listed}
    earlier = _earlier(session, live)
    outside = [place for place in earlier if not place.object_uri.startswith(prefix)]
    inside = [place for place in earlier if place.object_uri.startswith(prefix)]
    asides = _current_asides(session, here, prefix, prep_key)
    found, known = _found(session, here, prep_key)
    counted, losers = _by_id([*found, *outside])
    kept = _kept(inside, found, here, asides, counted)
    moved = [
        _move(place)
        for place in counted.values()
        if known.get(place.document_version, (place.uri, place.etag)) != (place.uri, place.etag)
    ]
    if moved:
        session.execute_many(filled("move_document", None), moved)
    save_set_aside(session, _duplicates(losers, counted, run))
    versions = {place.document_version for place in [*counted.values(), *kept]}
    ids = counted.keys() | {place.document_id for place in kept}
    return Wanted(
        versions=tuple(sorted(versions)),
        kept=len(kept),
        left_out=len({place.document_id for place in earlier} - ids),
        duplicates=len(losers),
    )


def _earlier(session: Session, live: Release | None) -> list[_Place]:
    if live is None:
        return []
    rows = session.query(filled("release_documents", None), release_id=live.release_id)
    return [_Place(**row) for row in rows.to_pylist()]


def _found(
    session: Session, here: Mapping[str, SourceObject], prep_key: str
) -> tuple[list[_Place], dict[str, tuple[str, str]]]:
    """The documents that the listed objects hold; the URI and etag that each is known by."""
    found, known = [], {}
    for row in session.query(filled("object_documents", None), prep_key=prep_key).to_pylist():
        holder = here.get(row["object_uri"])
        if holder is None or holder.etag != row["etag"]:
            continue
        known[row["document_version"]] = row.pop("known_uri"), row.pop("known_etag")
        found.append(_Place(**row, source=holder.source, prep_key=prep_key))
    return found, known


def _move(place: _Place) -> dict[str, object]:
    return {
        "document_version": place.document_version,
        "object_uri": place.object_uri,
        "uri": place.uri,
        "source_name": place.source,
        "etag": place.etag,
    }


def _by_id(places: Sequence[_Place]) -> tuple[dict[str, _Place], list[_Place]]:
    """By id the document that counts, and those that do not."""
    counted: dict[str, _Place] = {}
    losers = []
    for place in sorted(places, key=lambda one: (one.uri, one.document_version)):
        if counted.setdefault(place.document_id, place) is not place:
            losers.append(place)
    return counted, losers


def _kept(
    inside: Sequence[_Place],
    found: Sequence[_Place],
    here: Mapping[str, SourceObject],
    asides: Sequence[Row],
    counted: Mapping[str, _Place],
) -> list[_Place]:
    """What the live release has of documents that are there still, but cannot be searched now."""
    unreadable = {row["uri"] for row in asides}
    read = {place.object_uri for place in found} | {row["object_uri"] for row in asides}
    unread = here.keys() - read
    return [
        place
        for place in inside
        if place.document_id not in counted
        and ({place.uri, place.object_uri} & unreadable or place.object_uri in unread)
    ]


def _current_asides(
    session: Session, here: Mapping[str, SourceObject], prefix: str, prep_key: str
) -> list[Row]:
    """What is set aside of the listed objects. What is so no longer is forgotten, with all that is
    known of that version of its object: it is read again should it come back. Who bears another's
    id is found anew.
    """
    current, gone, changed = [], [], set()
    for row in session.query(filled("set_asides", None)).to_pylist():
        holder = here.get(row["object_uri"])
        stands = holder is not None and (holder.etag, prep_key) == (row["etag"], row["prep_key"])
        if stands and row["reason"] != DUPLICATE:
            current.append(row)
        elif row["object_uri"].startswith(prefix):
            gone.append({"set_aside_id": row["set_aside_id"]})
            if row["reason"] != DUPLICATE:
                changed.add(object_version(row["object_uri"], row["etag"], row["prep_key"]))
    session.execute_many(filled("forget_set_aside", None), gone)
    session.execute_many(
        filled("forget_object", None), [{"object_version": name} for name in sorted(changed)]
    )
    return current


def _duplicates(
    losers: Sequence[_Place], counted: Mapping[str, _Place], run: Run
) -> dict[str, dict[str, object]]:
    rows = {}
    for place in losers:
        first = counted[place.document_id]
        detail = (
            f"{first.uri} bears the same id and comes first by its address: "
            "give one of the two another id, or take one away"
        )
        one = SetAside(
            place.object_uri, place.uri, place.source, place.etag, place.prep_key, DUPLICATE, detail
        )
        key, row = set_aside_row(one, run)
        rows[key] = row
    return rows
