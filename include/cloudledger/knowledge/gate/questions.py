"""The questions that a release is judged by: made from its documents, and written by people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.reading.sentences import sentences
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.terms import terms
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Origin = Literal["made", "curated", "feedback"]
MADE_GRADE = 3
_PLACES = 20
"""A long document is asked for by its beginning."""
_WORDS = 3
"""A question of fewer words could be of any document."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what should be found.

    :param grades: by document_id, from 1 (is about it) to 3 (answers it); never empty.
    """

    text: str
    grades: Mapping[str, int]
    origin: Origin


class QuestionsInvalid(ValueError):
    """A file of questions is not what it should be: which file, where in it, and what is wrong."""


class Answer(BaseModel):
    """A document that a written question should find.

    :param id: the id that it declares itself.
    :param uri: its address, or the end of it from a ``/`` on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = ""
    uri: str = ""
    grade: int = Field(ge=1, le=3)

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if bool(self.id) == bool(self.uri):
            raise ValueError("name a document by its id or by its uri, not by both")
        return self

    def is_of(self, document_id: str, uri: str) -> bool:
        """Whether it names this document."""
        if self.id:
            return document_id == hashed("document", self.id)
        return uri == self.uri or uri.endswith("/" + self.uri.lstrip("/"))


class Written(BaseModel):
    """A question in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[str, Field(min_length=1, max_length=2000)]
    documents: tuple[Answer, ...] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: tuple[Written, ...] = ()


def written(path: Path) -> tuple[Written, ...]:
    """The questions of a YAML file.

    :raises QuestionsInvalid: it cannot be read, or something in it is not as it should be.
    """
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return _File.model_validate(told).questions
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise QuestionsInvalid(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}"
            for one in error.errors()
        )
        raise QuestionsInvalid(f"{path}: {wrong}") from error


def curated(
    asked: Sequence[Written], documents: Sequence[tuple[str, str]]
) -> tuple[list[Question], list[str]]:
    """The written questions over the documents there are, and what of them names none.

    :param documents: document_id and uri of each.
    """
    questions, unknown = [], []
    for one in asked:
        grades: dict[str, int] = {}
        for answer in one.documents:
            held = [known for known, uri in documents if answer.is_of(known, uri)]
            grades |= {known: max(answer.grade, grades.get(known, 0)) for known in held}
            if not held:
                unknown.append(
                    f"no document {answer.id or answer.uri} is in the release, which the question "
                    f"{one.question!r} should find"
                )
        if grades:
            questions.append(Question(one.question, grades, "curated"))
    return questions, unknown


def made(session: Session, release: Release, at_most: int) -> list[Question]:
    """Questions of the documents' own titles, headings and first sentences.

    The same ones every time, and nearly the same ones when documents come and go: both documents
    and questions are sampled by a hash (the smallest ones).

    :param at_most: how many; fewer when there are no more.
    """
    rows = session.query(
        statement("knowledge/question_sources"),
        release_id=release.release_id,
        documents=at_most,
        places=_PLACES,
    )
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for document_id, text in _texts(rows.to_pylist()):
        grades[text][document_id] = MADE_GRADE
    sampled = sorted(grades, key=lambda text: hashed("question", text))[:at_most]
    return [Question(text, grades[text], "made") for text in sampled]


def _texts(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each document_id with a text that asks for it."""
    for row in rows:
        title, path = row["title"] or "", row["title_path"] or ""
        headings = " ".join(path.split(" > "))
        candidates = [
            title if row["namesakes"] == 1 else "",
            headings if path != title else "",
            *sentences(row["body"])[:1],
        ]
        for text in candidates:
            asked = " ".join(text.split())[:_LONGEST]
            if len(set(terms(asked))) >= _WORDS:
                yield row["document_id"], asked
