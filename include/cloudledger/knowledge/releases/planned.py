"""What a run by the present settings would embed, told before it is started."""

from __future__ import annotations

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from cloudledger.knowledge.embedding.encoder import Encoder, KnownModel
from cloudledger.knowledge.embedding.estimate import Estimate, estimate
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import releases, tables
from cloudledger.knowledge.statements import filled
from cloudledger.sql import statement
from cloudledger.warehouse.port import Engine, Session

SAMPLE = 256
"""Texts that the rate is measured by, at most."""

_Text = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """What embedding the documents of a release by a model takes.

    :param release: whose documents; what is new or changed since is not read for this.
    :param needed: of its texts that neither a release nor a file has vectors of by the model.
    :param cut_anew: whether documents would be cut in another way than for the release, so that
        some to all of its texts become other ones.
    :param at_most: what is needed if every text that may become another one does.
    """

    release: Release
    model: KnownModel
    needed: Estimate
    at_most: Estimate
    cut_anew: bool

    @property
    def same_model(self) -> bool:
        """Whether its vectors can be compared with those of the release."""
        return self.model.embedding_key == self.release.embedding_key


def planned(
    session: Session,
    engine: Engine,
    release: Release,
    encoder: Encoder,
    *,
    prep_key: str,
    in_files: AbstractSet[str] = frozenset(),
    processes: int = 0,
) -> Planned:
    """Count texts and tokens, and embed some of them for some seconds; nothing is changed.

    Tokens are those that the release's own model counted, by how many more or fewer the new one
    counts of the sample.

    :param encoder: of the model that the settings name.
    :param prep_key: of the present settings and this model.
    :param in_files: texts that were embedded and are not in a release's table yet.
    :param processes: see :func:`cloudledger.knowledge.embedding.embed.embed`.
    """
    texts: list[_Text] = session.query(
        statement("knowledge/release_texts"), release_id=release.release_id
    ).to_pylist()
    known = _embedded(session, engine, encoder.embedding_key) | in_files
    lacking = [one for one in texts if one["text_hash"] not in known]
    cut_anew = prep_key != release.prep_key
    most = texts if cut_anew else lacking
    # In the order of their hashes they are in no order.
    sample = (lacking or most)[:SAMPLE]
    said = _said(session, engine, sample)
    ratio = sum(encoder.count(said)) / max(_tokens(sample), 1)
    at_most = estimate(encoder, said, len(most), round(_tokens(most) * ratio), processes=processes)
    needed = replace(
        at_most,
        texts=len(lacking),
        tokens=round(_tokens(lacking) * ratio),
        bytes=at_most.bytes * len(lacking) // max(len(most), 1),
    )
    return Planned(release, KnownModel.of(encoder), needed, at_most, cut_anew)


def _tokens(texts: Sequence[_Text]) -> int:
    return sum(one["tokens"] for one in texts)


def _embedded(session: Session, engine: Engine, embedding_key: str) -> set[str]:
    """The texts that releases have vectors of by a model."""
    there = tables(session, engine)
    return {
        text_hash
        for one in releases(session)
        if one.embedding_key == embedding_key and one.vector_table in there
        for text_hash in session.query(
            filled("embedded_texts", None, vector_table=one.vector_table)
        )["text_hash"].to_pylist()
    }


def _said(session: Session, engine: Engine, texts: Sequence[_Text]) -> list[str]:
    """What is embedded of each text."""
    if not texts:
        return []
    chunk_ids = json.dumps([one["chunk_id"] for one in texts])
    rows = session.query(statement("knowledge/passages", engine), chunk_ids=chunk_ids).to_pylist()
    return [
        f"{row['title_path']}\n{row['body']}" if row["title_path"] else row["body"] for row in rows
    ]
