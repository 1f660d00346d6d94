"""That a plan be taken back: asked in the terminal, planned by the next run of remediation.

What is there now decides what can be taken back, and only a run looks at accounts. So a wish is
kept, and the run that takes it plans the reverse, which is approved as any other plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from cloudledger.governance.change import Change
from cloudledger.governance.remediation.store import AREA, carried_out
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

ENOUGH, MOST = 10, 500
"""Letters of a justification."""


class UndoRefused(ValueError):
    """It cannot be asked for: why, and what to do."""


@dataclass(frozen=True, slots=True)
class UndoWish:
    """A plan that somebody asks to take back, and why."""

    plan_id: str
    because: str
    asked_by: str
    asked_at: datetime


def ask(
    session: Session, plan_id: str, area: str, *, because: str, by: str, at: datetime
) -> Sequence[Change]:
    """Let the next run plan the reverse of a plan; the changes that it would take back.

    :param area: the plan's.
    :raises UndoRefused: no reason is given, the plan is not of remediation, or it is asked already.
    :raises UnknownPlan: nothing of the plan was carried out.
    """
    why = " ".join(because.split())
    if not ENOUGH <= len(why) <= MOST:
        raise UndoRefused(f"why has {ENOUGH} to {MOST} letters, not {len(why)}")
    if area != AREA:
        raise UndoRefused(
            f"plan {plan_id} is of {area}: only those of {AREA} are taken back. A budget is put "
            "right in the governance file"
        )
    if any(one.plan_id == plan_id for one in open_wishes(session)):
        raise UndoRefused(f"plan {plan_id} waits to be taken back already, by the next run")
    changes = carried_out(session, plan_id)
    row = {"plan_id": plan_id, "asked_at": at, "asked_by": by, "because": why}
    session.insert("undo_wish", pa.Table.from_pylist([row], schema=_WISH))
    return changes


def open_wishes(session: Session) -> list[UndoWish]:
    """Those that wait for a run, the oldest first."""
    return [_read(row) for row in session.query(statement("governance/undo_wishes")).to_pylist()]


def taken(session: Session, run_id: str) -> UndoWish | None:
    """The oldest that waits, which is the run's from now on; the same when it is asked again."""
    rows = session.query(statement("governance/undo_wish_of_run"), run_id=run_id).to_pylist()
    if not rows:
        return None
    wish = _read(rows[0])
    session.execute(
        statement("governance/take_undo_wish"),
        run_id=run_id,
        plan_id=wish.plan_id,
        asked_at=wish.asked_at,
    )
    return wish


def _read(row: dict[str, Any]) -> UndoWish:
    return UndoWish(row["plan_id"], row["because"], row["asked_by"], row["asked_at"])


_WISH = pa.schema(
    [
        ("plan_id", pa.string()),
        ("asked_at", INSTANT),
        ("asked_by", pa.string()),
        ("because", pa.string()),
    ]
)
