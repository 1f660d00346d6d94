"""All the questions that a release is judged by, from wherever they come."""

from __future__ import annotations

from cloudledger.knowledge.config import Gate
from cloudledger.knowledge.gate.feedback import told_questions
from cloudledger.knowledge.gate.questions import Question, curated, made, written
from cloudledger.knowledge.release import Release
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session


def relevance(session: Session, release: Release, gate: Gate) -> tuple[list[Question], list[str]]:
    """The questions made of the release's documents, written in the file, and told by people; and
    what the file names that the release does not have.

    :raises QuestionsInvalid: the file cannot be read, or is not as it should be.
    """
    rows = session.query(
        statement("knowledge/release_documents"), release_id=release.release_id
    ).to_pylist()
    documents = [(str(row["document_id"]), str(row["uri"])) for row in rows]
    asked, unknown = curated(written(gate.questions) if gate.questions else (), documents)
    held = {document_id for document_id, _ in documents}
    told = [
        Question(one.text, grades, one.origin)
        for one in told_questions(session)
        if (grades := {known: grade for known, grade in one.grades.items() if known in held})
    ]
    return [*made(session, release, gate.generated), *asked, *told], unknown
