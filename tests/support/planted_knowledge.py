"""A knowledge base as weeks of runs leave it: releases, what was measured, what is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from cloudledger.knowledge.document import Document, Metadata, SetAside, hashed
from cloudledger.knowledge.gate.judge import Measure
from cloudledger.knowledge.gate.store import save_quality
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.store import save
from cloudledger.run import Run
from cloudledger.warehouse.port import Session
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_shelf import shelved, written

AS_OF = datetime(2026, 3, 6, 2, tzinfo=UTC)
WEEK = timedelta(weeks=1)
MEASURED = {
    "ndcg_at_10": "0.874",
    "meaning_ndcg_at_10": "0.812",
    "recall_at_10": "1",
    "top_1_cosine": "0.61",
    "kept_of_live": "0.955",
    "p50_ms": "31.4",
    "p95_ms": "58.6",
}


RESTART = written(
    "runbooks/restart.md",
    "Restart the billing service",
    ("Before", "Drain the queue of invoices and tell the people on call."),
    ("Steps", "Restart the billing pods one after the other, then replay the queue."),
    metadata=Metadata(
        department="finance",
        category="runbook",
        region="eu-frankfurt-1",
        document_date=date(2026, 2, 1),
        tags=("level-shift",),
    ),
)
QUOTA = written(
    "policies/quota.md",
    "Quota of compute",
    ("", "Ask the platform team to raise the quota of compute instances."),
    metadata=Metadata(department="platform", category="policy"),
)


def plant_knowledge(session: Session, documents: Sequence[Document], hostile: str) -> Release:
    """Three releases, of which the second is live; the last document is none of its."""
    encoder = FakeEncoder()
    shelved(session, documents[-1:], encoder, 1, "retired")
    live = shelved(session, documents[:-1], encoder, 2, "live")
    refused = shelved(session, documents, encoder, 3, "refused")
    _changed(session, live, "released_at", AS_OF)
    _changed(session, refused, "reason", f"nDCG@10 is 0.41 {hostile}")
    _changed(session, refused, "ended_at", AS_OF + WEEK)
    measures = [Measure(name, Decimal(amount), 210) for name, amount in MEASURED.items()]
    save_quality(session, live.release_id, measures, Run("run 2", AS_OF))
    worse = [Measure("ndcg_at_10", Decimal("0.41"), 210)]
    save_quality(session, refused.release_id, worse, Run("run 3", AS_OF + WEEK))
    return live


def plant_set_aside(session: Session, *uris: str, detail: str = "give a copy that is open") -> None:
    """Documents that cannot be read, in the order of their addresses."""
    found = [
        SetAside(uri, uri, "shelf", "1", hashed("prep"), "no_text", f"{uri}: {detail}")
        for uri in uris
    ]
    save(session, "duckdb", found, Run("run", AS_OF))


def _changed(session: Session, release: Release, column: str, value: object) -> None:
    session.execute(
        f"UPDATE embedding_release SET {column} = :value WHERE release_id = :release_id",
        value=value,
        release_id=release.release_id,
    )
