"""The commands on what cost tells: forecasts, anomalies, trends, efficiency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cloudledger.cli.home import at_home, told
from cloudledger.cli.options import Home, Json, one_of

SERIES_KINDS = (
    "total",
    "provider",
    "service",
    "sub_account",
    "region",
    "tag",
    "service_sub_account",
)
SPLIT_KINDS = ("total", "service", "sub_account")
"""What changes are split by."""


def anomalies(
    days: Annotated[int, typer.Option(min=1, help="Events that ended in so many days.")] = 45,
    every: Annotated[
        bool, typer.Option("--all", help="Also small ones, and those that show another again.")
    ] = False,
    mark: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="EVENT VERDICT", help="Mark an event as expected or false."),
    ] = None,
    why: Annotated[str, typer.Option(help="Beside --mark: what happened.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List what cost more or less than it should have, or mark an event."""
    from cloudledger.cli.insights import mark_event, tell_anomalies
    from cloudledger.insights.feedback import Verdict

    now = datetime.now(UTC)
    if mark and mark[1] not in {*Verdict}:
        raise typer.BadParameter(f"{mark[1]} is none of {', '.join(Verdict)}")
    with told():
        if mark:
            mark_event(at_home(home), mark[0], Verdict(mark[1]), why=why, at=now)
        else:
            since = now.date() - timedelta(days=days)
            tell_anomalies(at_home(home), since, every=every, json=json)


def explain(
    event: Annotated[str, typer.Argument(help="An event's id, or the first digits of it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell what explains an event: accounts, services, SKUs, resources, with their shares."""
    from cloudledger.cli.insights import tell_event

    with told():
        tell_event(at_home(home), event, json=json)


def forecast(
    by: Annotated[
        str, typer.Option(callback=one_of(SERIES_KINDS), help=f"One of {', '.join(SERIES_KINDS)}.")
    ] = SERIES_KINDS[0],
    days: Annotated[int, typer.Option(min=1, max=365, help="How many days ahead.")] = 30,
    hourly: Annotated[
        bool, typer.Option("--hourly", help="The next 48 hours instead, of total or service.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell what it will cost, as cost_insights forecast it last."""
    from cloudledger.cli.insights import tell_forecasts, tell_hours
    from cloudledger.insights.dimensions import Kind

    if hourly and by not in (known := ("total", "service")):
        raise typer.BadParameter(
            f"{by} has no hours, {' and '.join(known)} have", param_hint="--by"
        )
    with told():
        if hourly:
            tell_hours(at_home(home), Kind(by), json=json)
            return
        tell_forecasts(at_home(home), Kind(by), days=days, json=json)


def trends(
    by: Annotated[
        str, typer.Option(callback=one_of(SERIES_KINDS), help=f"One of {', '.join(SERIES_KINDS)}.")
    ] = SERIES_KINDS[0],
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell how cost moves: growth, volatility, the week, the peak, who has most of it."""
    from cloudledger.cli.insights import tell_trends
    from cloudledger.insights.dimensions import Kind

    with told():
        tell_trends(at_home(home), Kind(by), json=json)


def efficiency(
    by: Annotated[
        str, typer.Option(callback=one_of(SPLIT_KINDS), help=f"One of {', '.join(SPLIT_KINDS)}.")
    ] = SPLIT_KINDS[0],
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell how well money is spent, why cost changed, unit costs and new prices."""
    from cloudledger.cli.insights import tell_efficiency
    from cloudledger.insights.dimensions import Kind

    with told():
        tell_efficiency(at_home(home), Kind(by), json=json)
