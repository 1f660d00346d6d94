"""Questions to the knowledge base as JSON, and people's words on what was found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import APIRouter, Depends, FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError

from cloudledger.knowledge.embedding.encoder import Encoder, ModelUnusable
from cloudledger.knowledge.gate.feedback import UnknownPassage, require_passage, tell
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import UnknownRelease, live_one
from cloudledger.knowledge.retrieval.context import context
from cloudledger.knowledge.retrieval.search import Found, search
from cloudledger.warehouse.port import Engine, Session, WarehouseBusy
from cloudledger_airflow.views.ledger import Ledger, Published
from cloudledger_airflow.views.posted import posted
from cloudledger_airflow.views.questions import ForPrompt, Question, Told
from cloudledger_airflow.views.render import HEADERS

RETRY_AFTER = "30"
_NAME_BYTES = 250


router = APIRouter()

Asked = Annotated[Question, Depends(posted(Question))]
AskedForPrompt = Annotated[ForPrompt, Depends(posted(ForPrompt))]
Said = Annotated[Told, Depends(posted(Told))]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The live release, and what its searches need."""

    session: Session
    engine: Engine
    release: Release
    request: Request

    @property
    def encoder(self) -> Encoder:
        """The release's own model, loaded now if it was not yet.

        :raises ModelUnusable: it cannot be loaded.
        """
        encoder: Encoder = self.request.app.state.encoders.of(self.release)
        return encoder

    def found(self, asked: Question) -> list[Found]:
        """The passages that answer a question, of age as it is now."""
        return search(
            self.session,
            self.engine,
            self.release,
            None if asked.mode == "words" else self.encoder,
            asked.question,
            asked.where.where,
            asked.k,
            mode=asked.mode,
            recency_half_life_days=asked.recency_half_life_days,
            at=datetime.now(UTC),
            per_document=asked.per_document,
            min_score=asked.min_score,
        )


def _shelf(request: Request, warehouse: Published, ledger: Ledger) -> Shelf:
    return Shelf(ledger, warehouse.engine, live_one(ledger), request)


OnShelf = Annotated[Shelf, Depends(_shelf)]


@router.post("/similar")
def similar(asked: Asked, shelf: OnShelf) -> Response:
    """The passages of the live release that answer a question, the best first."""
    found = shelf.found(asked)
    return answer(
        {"release": _named(shelf.release), "results": [passage.as_json() for passage in found]}
    )


@router.post("/context")
def for_prompt(asked: AskedForPrompt, shelf: OnShelf) -> Response:
    """The passages as a text for a prompt, numbered, within a budget of the model's tokens."""
    told = context(shelf.found(asked), shelf.encoder, asked.budget)
    return answer({"release": _named(shelf.release)} | told.as_json())


@router.post("/feedback")
def feedback(request: Request, told: Said, ledger: Ledger, user: GetUserDep) -> Response:
    """Keep the signed-in person's word on a passage, instead of what they said of it before."""
    require_passage(ledger, told.release_id, told.chunk_id)
    with request.app.state.writing() as warehouse, warehouse.transaction() as session:
        feedback_id = tell(
            session,
            told.question,
            told.release_id,
            told.chunk_id,
            helpful=told.helpful,
            told_by=user.get_name().encode()[:_NAME_BYTES].decode(errors="ignore"),
            told_at=datetime.now(UTC),
            remark=told.remark.strip(),
        )
    return answer({"feedback_id": feedback_id})


def answer(content: Any, status: int = 200, **headers: str) -> Response:
    """JSON, under the same headers as the pages."""
    return Response(json.dumps(content), status, HEADERS | headers, media_type="application/json")


def refuse_in_words(app: FastAPI) -> None:
    """Let errors of these routes be told as ``{"detail": ...}``: what is wrong, and what to do."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(UnknownPassage, _unknown)
    app.add_exception_handler(WarehouseBusy, _busy)
    app.add_exception_handler(UnknownRelease, unavailable)
    app.add_exception_handler(ModelUnusable, unavailable)


async def unavailable(request: Request, error: Exception) -> Response:
    """Something must be done first."""
    return answer({"detail": str(error)}, status.HTTP_503_SERVICE_UNAVAILABLE)


async def _busy(request: Request, error: Exception) -> Response:
    headers = {"Retry-After": RETRY_AFTER}
    return answer({"detail": str(error)}, status.HTTP_503_SERVICE_UNAVAILABLE, **headers)


async def _unknown(request: Request, error: Exception) -> Response:
    return answer({"detail": str(error)}, status.HTTP_404_NOT_FOUND)


async def _invalid(request: Request, error: Exception) -> Response:
    """Without what was sent: it need not be told back."""
    assert isinstance(error, RequestValidationError)
    wrong = [{name: one[name] for name in ("loc", "msg", "type")} for one in error.errors()]
    return answer({"detail": wrong}, status.HTTP_422_UNPROCESSABLE_CONTENT)


def _named(release: Release) -> dict[str, object]:
    return {
        "release_id": release.release_id,
        "number": release.number,
        "model": release.model,
        "precision": release.precision,
        "released_at": release.released_at and release.released_at.isoformat(),
    }
