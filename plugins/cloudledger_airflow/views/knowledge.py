"""The page of the knowledge base, with a search that needs no script."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from cloudledger.knowledge.embedding.encoder import Encoder, ModelUnusable
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.retrieval.candidates import Where
from cloudledger.knowledge.retrieval.search import Found, Mode, search
from cloudledger.reporting import page_knowledge
from cloudledger_airflow.views.encoders import Encoders
from cloudledger_airflow.views.ledger import Ledger, Number, Published, Text
from cloudledger_airflow.views.render import page

MODES = {"hybrid": "meaning and words", "meaning": "meaning", "words": "words"}

router = APIRouter()


@router.get("/knowledge")
def knowledge(
    request: Request,
    warehouse: Published,
    ledger: Ledger,
    q: Text = "",
    department: Text = "",
    category: Text = "",
    region: Text = "",
    tag: Text = "",
    mode: Annotated[Mode, Query()] = "hybrid",
    number: Number = 1,
    release_number: Number = 1,
    quality_number: Number = 1,
) -> Response:
    """What is searched and how well it finds; with ``q``, the passages that answer it."""
    found = page_knowledge.knowledge(
        ledger, number=number, release_number=release_number, quality_number=quality_number
    )
    filters = {"department": department, "category": category, "region": region, "tag": tag}
    passages: list[Found] | None = None
    unusable = ""
    if found.live and q.strip():
        where = Where(department or None, category or None, region or None, tag or None)
        try:
            encoder = _encoder(request.app.state.encoders, found.live, mode)
            passages = search(ledger, warehouse.engine, found.live, encoder, q, where, mode=mode)
        except ModelUnusable as error:
            unusable = str(error)
    return page(
        "knowledge.html",
        "knowledge",
        found=found,
        passages=passages,
        unusable=unusable,
        modes=MODES,
        filters={"q": q, "mode": mode} | filters,
    )


def _encoder(encoders: Encoders, release: Release, mode: Mode) -> Encoder | None:
    return None if mode == "words" else encoders.of(release)
