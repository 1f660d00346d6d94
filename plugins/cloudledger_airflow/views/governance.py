"""The pages of governance: budgets, alerts, tags, plans of changes, and chargeback."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from cloudledger.governance.config import UnreadableFile
from cloudledger.reporting import page_chargeback, page_governance, page_plan
from cloudledger_airflow.views.ledger import Ledger, Number, Text
from cloudledger_airflow.views.render import page

router = APIRouter()


@router.get("/governance")
def governance(
    request: Request,
    ledger: Ledger,
    number: Number = 1,
    alert_number: Number = 1,
    plan_number: Number = 1,
) -> Response:
    """Budgets and how far they are spent, alerts, tag coverage, plans of changes."""
    try:
        goals, unread = request.app.state.goals(), ""
    except UnreadableFile as error:
        goals, unread = {}, str(error)
    found = page_governance.governance(
        ledger, goals, number=number, alert_number=alert_number, plan_number=plan_number
    )
    return page(
        "governance.html", "governance", found=found, unread=unread, scale=page_governance.SCALE
    )


@router.get("/plan")
def plan(ledger: Ledger, id: Text, number: Number = 1) -> Response:
    """One plan: each change with the fields that differ, and how it ended."""
    found = page_plan.plan(ledger, id, number)
    return page(
        "plan.html",
        "governance",
        status=status.HTTP_200_OK if found.row else status.HTTP_404_NOT_FOUND,
        found=found,
        filters={"id": id},
    )


@router.get("/chargeback")
def chargeback(
    ledger: Ledger,
    month: Text = "",
    currency: Text = "",
    version: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Who bears a month's cost, by version."""
    found = page_chargeback.chargeback(ledger, month=month, currency=currency, version=version)
    return page("chargeback.html", "chargeback", found=found)
