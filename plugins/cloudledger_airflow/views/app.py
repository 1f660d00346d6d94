"""The pages: one FastAPI application for Airflow's API server, every route of it private."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import urlencode

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import RedirectResponse

from cloudledger.focus.columns import MEASURES
from cloudledger.lake.journal import State
from cloudledger.reporting import arrived, hourly_cost, page_insights, usage_compared
from cloudledger.reporting import page as book
from cloudledger.reporting.usage import PARTS
from cloudledger.warehouse.port import NoCopyYet
from cloudledger_airflow.views import governance, knowledge, knowledge_api
from cloudledger_airflow.views.encoders import Encoders
from cloudledger_airflow.views.ledger import Ledger, Number, Text
from cloudledger_airflow.views.render import HEADERS, page, static
from cloudledger_airflow.views.writer import Opening

Goals = Callable[[], Mapping[str, Decimal]]
EVERY_SERIES = "in every series"

router = APIRouter(dependencies=[Depends(requires_access_view(AccessView.WEBSITE))])
"""Whoever asks may see Airflow's UI; the dependency rests on Airflow's ``GetUserDep``."""


def create_app(reading: Opening, writing: Opening, goals: Goals, encoders: Encoders) -> FastAPI:
    """The application over a warehouse that is only read, but for people's words on a search.

    :param reading: opens what was last published; raises ``NoCopyYet`` when nothing was.
    :param writing: opens the warehouse itself, and publishes what was written; raises
        ``WarehouseBusy`` rather than keep a person waiting.
    :param goals: by tag key the percent of the cost that should carry it; raises
        ``UnreadableFile`` where the settings cannot be read.
    :param encoders: the models of releases, to embed questions by.
    """
    app = FastAPI(title="Cloudledger", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.reading = reading
    app.state.writing = writing
    app.state.goals = goals
    app.state.encoders = encoders
    app.include_router(router)
    app.add_exception_handler(NoCopyYet, _nothing_published)
    app.add_exception_handler(HTTPException, _login_or_refusal)
    knowledge_api.refuse_in_words(app)
    return app


@router.get("/")
def overview(ledger: Ledger, digits: Text = "") -> Response:
    """The verdict, what stands and waits, and totals by currency and provider."""
    runs = book.quality(ledger).runs
    return page(
        "overview.html",
        "./",
        verdict=book.verdict(ledger),
        currencies=book.totals(ledger),
        judged=runs[0] if runs else None,
        stalled=arrived.kept(ledger).stalled,
        every_digit=digits == "all",
    )


@router.get("/objects")
def objects(
    ledger: Ledger, source: Text = "", state: Text = "", uri: Text = "", number: Number = 1
) -> Response:
    """Objects of cost reports, filtered, a page at a time."""
    return page(
        "objects.html",
        "objects",
        sheet=book.objects(ledger, source=source, state=state, uri=uri, number=number),
        sources=book.sources(ledger),
        states=[state.value for state in State],
        filters={"source": source, "state": state, "uri": uri},
    )


@router.get("/object")
def one_object(ledger: Ledger, id: Text) -> Response:
    """One object: what was taken in, with its control totals."""
    item = book.one_object(ledger, id)
    known = item.standing is not None or item.waiting is not None
    return page(
        "object.html",
        "objects",
        status=status.HTTP_200_OK if known else status.HTTP_404_NOT_FOUND,
        item=item,
    )


@router.get("/set-aside")
def set_aside(
    ledger: Ledger, source: Text = "", object: Text = "", reason: Text = "", number: Number = 1
) -> Response:
    """Lines that were set aside, filtered, a page at a time."""
    sheet = book.set_aside(ledger, source=source, object_id=object, reason=reason, number=number)
    return page(
        "set_aside.html",
        "set-aside",
        sheet=sheet,
        sources=book.sources(ledger),
        filters={"source": source, "object": object, "reason": reason},
    )


@router.get("/reconciliation")
def reconciliation(
    ledger: Ledger, measure: Text = MEASURES[0], provider: Text = "", number: Number = 1
) -> Response:
    """One measure by provider's day, lake against mart."""
    sheet = book.reconciliation(ledger, measure=measure, provider=provider, number=number)
    return page(
        "reconciliation.html",
        "reconciliation",
        sheet=sheet,
        measures=book.COMPARED,
        providers=book.providers(ledger),
        filters={"measure": measure, "provider": provider},
    )


@router.get("/displaced")
def displaced(
    ledger: Ledger, measure: Text = MEASURES[0], provider: Text = "", number: Number = 1
) -> Response:
    """Lines that are in the lake and do not count, with the reason."""
    return page(
        "displaced.html",
        "reconciliation",
        sheet=book.displaced(ledger, measure=measure, provider=provider, number=number),
        measures=MEASURES,
        providers=book.providers(ledger),
        filters={"measure": measure, "provider": provider},
    )


@router.get("/corrections")
def corrections(ledger: Ledger, status: Text = "", number: Number = 1) -> Response:
    """Corrections with the lines that they correct."""
    return page(
        "corrections.html",
        "corrections",
        sheet=book.corrections(ledger, status=status, number=number),
        filters={"status": status},
    )


@router.get("/changes")
def changes(ledger: Ledger, source: Text = "", number: Number = 1) -> Response:
    """What redeliveries changed, newest first, a page at a time."""
    return page(
        "changes.html",
        "changes",
        sheet=book.changes(ledger, source=source, number=number),
        sources=book.sources(ledger),
        filters={"source": source},
    )


@router.get("/completeness")
def completeness(ledger: Ledger) -> Response:
    """Which sources still deliver, how much of each recent day has arrived, what has drifted."""
    return page("completeness.html", "completeness", found=arrived.kept(ledger))


@router.get("/quality")
def quality(ledger: Ledger, run: Text = "", stage: Text = "") -> Response:
    """What Great Expectations found, by run."""
    return page("quality.html", "quality", page=book.quality(ledger, run_id=run, stage=stage))


@router.get("/usage")
def usage(ledger: Ledger, source: Text = "", cause: Text = "", number: Number = 1) -> Response:
    """Reports against usage APIs: sums, and the days and services that differ."""
    only = cause == "unknown"
    found = usage_compared.kept(ledger, source=source, unknown_only=only, number=number)
    return page(
        "usage.html",
        "usage",
        found=found,
        sheet=found.sheet(number),
        sources=book.sources(ledger),
        parts=PARTS,
        filters={"source": source, "cause": cause},
    )


@router.get("/insights")
def insights(
    ledger: Ledger,
    severity: Text = "",
    events: Text = "",
    level: Text = "service",
    number: Number = 1,
    series_number: Number = 1,
) -> Response:
    """Anomaly events with their causes, forecasts and how good they were, trends."""
    found = page_insights.insights(
        ledger,
        severity=severity,
        every_series=events == EVERY_SERIES,
        level=level,
        number=number,
        series_number=series_number,
    )
    return page(
        "insights.html",
        "insights",
        found=found,
        hours=hourly_cost.page_hours(ledger, *page_insights.LARGE),
        severities=page_insights.SEVERITIES,
        levels=page_insights.LEVELS,
        every_series=EVERY_SERIES,
        filters={"severity": severity, "events": events, "level": level},
    )


router.include_router(governance.router)
router.include_router(knowledge.router)
router.include_router(knowledge_api.router)


@router.get("/ledger.css")
def css() -> Response:
    """The pages' one style sheet."""
    return static("ledger.css", "text/css")


@router.get("/theme.js")
def theme() -> Response:
    """The script that follows Airflow's light or dark theme."""
    return static("theme.js", "text/javascript")


@router.get("/ledger.svg")
def icon() -> Response:
    """The sign in Airflow's menu."""
    return static("ledger.svg", "image/svg+xml")


async def _nothing_published(request: Request, error: Exception) -> Response:
    if request.method == "POST":
        return await knowledge_api.unavailable(request, error)
    return page(
        "unavailable.html", "", status=status.HTTP_503_SERVICE_UNAVAILABLE, reason=str(error)
    )


async def _login_or_refusal(request: Request, error: Exception) -> Response:
    """To Airflow's login and back for a person's browser, the plain refusal for others."""
    assert isinstance(error, HTTPException)
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    if error.status_code == status.HTTP_401_UNAUTHORIZED and wants_page:
        root = request.scope.get("root_path", "").removesuffix("/cloudledger")
        after = urlencode({"next": str(request.url)})
        return RedirectResponse(f"{root}/api/v2/auth/login?{after}", headers=HEADERS)
    return await http_exception_handler(request, error)
