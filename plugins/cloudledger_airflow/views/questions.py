"""What is posted to the knowledge base, with its limits; a field that is not known is refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from cloudledger.knowledge.retrieval.candidates import Where
from cloudledger.knowledge.retrieval.search import MOST, Mode

LONGEST = 2000
"""Bytes of a question, and of a remark, in UTF-8."""


def _within(text: str) -> str:
    if len(text.encode()) > LONGEST:
        raise ValueError(f"is longer than {LONGEST:,} bytes: say it in fewer words")
    if "\0" in text:
        raise ValueError("holds the character NUL: leave it out")
    return text


def _asked(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty: ask something")
    return _within(text)


Asked = Annotated[str, AfterValidator(_asked)]
Remark = Annotated[str, AfterValidator(_within)]
Word = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_within)]
Address = Annotated[str, Field(min_length=1), AfterValidator(_within)]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class _Posted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Filters(_Posted):
    """See :class:`cloudledger.knowledge.retrieval.candidates.Where`."""

    department: Word | None = None
    category: Word | None = None
    region: Word | None = None
    tag: Word | None = None
    source: Word | None = None
    since: date | None = None
    until: date | None = None
    uri_prefix: Address | None = None

    @model_validator(mode="after")
    def _some_day_is_between(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError("since is after until: no document can be found")
        return self

    @property
    def where(self) -> Where:
        """As the search takes it."""
        return Where(**self.model_dump())


class Question(_Posted):
    """What is asked of the live release: see :func:`cloudledger.knowledge.retrieval.search`."""

    question: Asked
    k: int = Field(10, ge=1, le=MOST, strict=True)
    mode: Mode = "hybrid"
    where: Filters = Filters()
    recency_half_life_days: int = Field(0, ge=0, le=36_500, strict=True)
    per_document: int = Field(3, ge=0, le=MOST, strict=True)
    min_score: float | None = Field(None, ge=-1, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _words_have_no_cosine(self) -> Self:
        if self.mode == "words" and self.min_score is not None:
            raise ValueError("min_score is a cosine, and a search by words has none: leave it out")
        return self


class ForPrompt(Question):
    """A question whose passages go into a prompt of at most so many tokens."""

    k: int = Field(20, ge=1, le=MOST, strict=True)
    budget: int = Field(ge=1, le=100_000, strict=True)


class Told(_Posted):
    """What a person says of a passage that was found."""

    question: Asked
    release_id: Id
    chunk_id: Id
    helpful: StrictBool
    remark: Remark = ""
