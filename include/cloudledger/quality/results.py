"""Where the results of a suite are kept: the warehouse's quality_result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from cloudledger.quality.expectations import ExpectationResult
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("stage", pa.string()),
        ("judged_at", INSTANT),
        ("expectation", pa.string()),
        ("column_name", pa.string()),
        ("severity", pa.string()),
        ("success", pa.int64()),
        ("observed", pa.string()),
        ("unexpected_count", pa.int64()),
        ("details", pa.string()),
    ]
)
TEXT_BYTES = 4000


def save(
    session: Session, results: Sequence[ExpectationResult], *, run_id: str, at: datetime
) -> None:
    """Replace what the run has found so far at the stages of these results.

    :param at: the instant the run stands for.
    """
    for stage in sorted({result.stage for result in results}):
        session.execute(statement("quality/forget_results"), run_id=run_id, stage=stage)
    session.insert(
        "quality_result",
        pa.Table.from_pylist([_row(result, run_id, at) for result in results], schema=SCHEMA),
    )


def _row(result: ExpectationResult, run_id: str, at: datetime) -> dict[str, object]:
    return {
        "run_id": run_id,
        "stage": result.stage,
        "judged_at": at,
        "expectation": result.expectation,
        "column_name": result.column or None,
        "severity": result.severity.value,
        "success": int(result.success),
        "observed": _clipped(result.observed),
        "unexpected_count": result.unexpected_count,
        "details": _clipped(result.details) or None,
    }


def _clipped(text: str) -> str:
    """At most what a VARCHAR2 column holds: samples may be of any length."""
    return text.encode()[:TEXT_BYTES].decode(errors="ignore")
