"""What people say of what a search found, and the questions that the gate asks because of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

import pyarrow as pa

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.gate.questions import Question
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

ENOUGH = 2
"""How many people more must call a document helpful than not, until the gate asks for it."""
_HIGHEST = 3
_LONGEST = 2000

_FEEDBACK = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("feedback_id", "told_by", "question", "release_id", "chunk_id", "remark")
        ),
        ("told_at", INSTANT),
        ("helpful", pa.int64()),
    ]
)


class UnknownPassage(ValueError):
    """There is no such passage: which one, and what to give instead."""


def tell(
    session: Session,
    question: str,
    release_id: str,
    chunk_id: str,
    *,
    helpful: bool,
    told_by: str,
    told_at: datetime,
    remark: str = "",
) -> str:
    """Keep a person's word on a passage, instead of what they said of it before; its id.

    :raises UnknownPassage: the release does not have the passage.
    :raises ValueError: the question is empty, or longer than 2,000 bytes.
    """
    asked = " ".join(question.split())
    if not 0 < len(asked.encode()) <= _LONGEST:
        raise ValueError(f"a question has 1 to {_LONGEST} bytes: tell the one that was asked")
    require_passage(session, release_id, chunk_id)
    feedback_id = hashed("feedback", told_by, asked, chunk_id)
    session.execute(statement("knowledge/forget_feedback"), feedback_id=feedback_id)
    row = {
        "feedback_id": feedback_id,
        "told_at": told_at,
        "told_by": told_by,
        "question": asked,
        "release_id": release_id,
        "chunk_id": chunk_id,
        "helpful": int(helpful),
        "remark": remark or None,
    }
    session.insert("search_feedback", pa.Table.from_pylist([row], schema=_FEEDBACK))
    return feedback_id


def require_passage(session: Session, release_id: str, chunk_id: str) -> None:
    """Refuse what cannot be spoken of.

    :raises UnknownPassage: the release does not have the passage.
    """
    held = session.query(
        statement("knowledge/chunk_of_release"), release_id=release_id, chunk_id=chunk_id
    )
    if not held.num_rows:
        raise UnknownPassage(
            f"the release {release_id} has no passage {chunk_id}: give the release_id and the "
            "chunk_id that the search told"
        )


def told_questions(session: Session, enough: int = ENOUGH) -> list[Question]:
    """The questions that enough people found a document helpful for.

    A person counts once for a question and a document, by the latest word. The grade is by how many
    more people called it helpful than not, at most 3.
    """
    latest: dict[tuple[str, str, str], int] = {}
    for row in session.query(statement("knowledge/feedback")).to_pylist():
        key = row["question"].casefold(), row["document_id"], row["told_by"]
        latest[key] = 1 if row["helpful"] else -1
    votes: Counter[tuple[str, str]] = Counter()
    for (question, document_id, _), vote in latest.items():
        votes[question, document_id] += vote
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for (question, document_id), margin in sorted(votes.items()):
        if margin >= enough:
            grades[question][document_id] = min(margin - enough + 1, _HIGHEST)
    return [Question(question, held, "feedback") for question, held in grades.items()]
