"""What the gate measured of releases, in the warehouse, and how it changed from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cloudledger.knowledge.gate.judge import Measure
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

_QUALITY = pa.schema(
    [
        ("release_id", pa.string()),
        ("as_of", INSTANT),
        ("measure", pa.string()),
        ("amount", MONEY),
        ("questions", pa.int64()),
        ("run_id", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Drift:
    """A release as it was measured at one time; None where a measure was not taken.

    :param ndcg: nDCG@10 over all questions, ``meaning_ndcg`` the same without search by words,
        ``judged_ndcg`` over those that people asked, ``live_ndcg`` the release's that was live.
    :param kept_of_live: which share of the ten documents that the release before it found is still
        among the ten.
    """

    release_id: str
    release_number: int
    state: str
    model: str
    as_of: datetime
    questions: int
    ndcg: Decimal | None
    meaning_ndcg: Decimal | None
    judged_ndcg: Decimal | None
    live_ndcg: Decimal | None
    recall: Decimal | None
    top_1_cosine: Decimal | None
    kept_of_live: Decimal | None
    p50_ms: Decimal | None
    p95_ms: Decimal | None

    def as_json(self) -> dict[str, Any]:
        """Instants as ISO 8601, amounts as numbers."""
        return {
            name: float(value)
            if isinstance(value, Decimal)
            else value.isoformat()
            if isinstance(value, datetime)
            else value
            for name, value in asdict(self).items()
        }


def save_quality(session: Session, release_id: str, measures: Sequence[Measure], run: Run) -> None:
    """Keep what was measured, instead of what the same run measured before."""
    session.execute(
        statement("knowledge/forget_quality"), release_id=release_id, known_at=run.as_of
    )
    rows = [
        {
            "release_id": release_id,
            "as_of": run.as_of,
            "measure": one.name,
            "amount": one.amount,
            "questions": one.questions,
            "run_id": run.run_id,
        }
        for one in measures
    ]
    if rows:
        session.insert("release_quality", pa.Table.from_pylist(rows, schema=_QUALITY))


def drift(session: Session) -> list[Drift]:
    """Every measured release, the latest first."""
    rows = session.query(statement("knowledge/drift")).to_pylist()
    return [Drift(**row) for row in rows]
