"""The commands and their options."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cloudledger.cli.capacity import capacity
from cloudledger.cli.home import at_home, told
from cloudledger.focus.columns import MEASURES
from cloudledger.reports.formats import FORMATS, GIVEN

app = typer.Typer(
    name="cloudledger",
    help="A ledger of cloud cost: what was taken in, what it cost, and the proof that it adds up.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

Home = Annotated[
    Path | None,
    typer.Option(help="The ledger's folder (default: the settings' home).", file_okay=False),
]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, amounts as text.")]
DAY = ["%Y-%m-%d"]
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
TAG_SCOPES = ("provider", "account", "service")


def _known_format(name: str) -> str:
    if name not in (known := ("auto", *FORMATS)):
        raise typer.BadParameter(f"{name} is none of {', '.join(known)}")
    return name


def _known_measure(name: str) -> str:
    if name not in MEASURES:
        raise typer.BadParameter(f"{name} is none of {', '.join(MEASURES)}")
    return name


def _known_state(name: str) -> str:
    if name not in (known := ("", "open", "failed", "taken_in", "superseded")):
        raise typer.BadParameter(f"{name} is none of {', '.join(known[1:])}")
    return name


def _known_kind(name: str) -> str:
    if name not in SERIES_KINDS:
        raise typer.BadParameter(f"{name} is none of {', '.join(SERIES_KINDS)}")
    return name


def _known_scope(name: str) -> str:
    if name not in TAG_SCOPES:
        raise typer.BadParameter(f"{name} is none of {', '.join(TAG_SCOPES)}")
    return name


def _known_split(name: str) -> str:
    if name not in SPLIT_KINDS:
        raise typer.BadParameter(f"{name} is none of {', '.join(SPLIT_KINDS)}")
    return name


def _named(values: list[str] | None) -> list[str] | None:
    for value in values or ():
        name, _, said = value.partition("=")
        if name not in GIVEN or not said:
            raise typer.BadParameter(f"{value}: NAME=VALUE, NAME one of {', '.join(GIVEN)}")
    return values


@app.command("take-in")
def take_in_files(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.")],
    format: Annotated[
        str,
        typer.Option(callback=_known_format, help="A report format, instead of finding it."),
    ] = "auto",
    source: Annotated[str, typer.Option(help="The ledger's name of where they come from.")] = (
        "local"
    ),
    given: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", callback=_named, help="What the files do not say: currency=EUR."
        ),
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Take cost reports in, publish the days they touch, and prove the totals."""
    from cloudledger.cli.intake import take_in_paths

    with told():
        at = datetime.now(UTC)
        named = None if format == "auto" else format
        done = take_in_paths(
            at_home(home),
            paths,
            format=named,
            given=dict(one.split("=", 1) for one in given or ()),
            source=source,
            at=at,
            json=json,
        )
    raise typer.Exit(done)


@app.command()
def cost(
    by: Annotated[
        str,
        typer.Option(
            help="day, provider, account, sub_account, region, service, sku, category, currency, "
            "tag:<key>; several with commas."
        ),
    ] = "provider",
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="The first charge day.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="The day after the last one.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell what it cost; currencies are never added to one another."""
    from cloudledger.cli.books import tell_cost

    with told():
        dimensions = tuple(name for part in by.split(",") if (name := part.strip()))
        tell_cost(
            at_home(home),
            dimensions,
            first and first.date(),
            end and end.date(),
            json=json,
        )


@app.command()
def ledger(
    source: Annotated[str, typer.Option(help="Only this source's objects.")] = "",
    state: Annotated[
        str, typer.Option(callback=_known_state, help="open, failed, taken_in or superseded.")
    ] = "",
    uri: Annotated[str, typer.Option(help="Only objects whose URI contains this.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many objects, newest first.")] = 50,
    home: Home = None,
    json: Json = False,
) -> None:
    """List what was taken in: objects, their state, lines and totals."""
    from cloudledger.cli.books import tell_ledger

    with told():
        tell_ledger(at_home(home), source=source, state=state, uri=uri, limit=limit, json=json)


@app.command()
def reconcile(home: Home = None, json: Json = False) -> None:
    """Hold every object and day against the lake; exit 1 on any difference."""
    from cloudledger.cli.books import tell_reconciliation

    with told():
        exact = tell_reconciliation(at_home(home), json=json)
    raise typer.Exit(0 if exact else 1)


@app.command()
def summary(home: Home = None, json: Json = False) -> None:
    """The whole ledger on one page; exit 1 when it does not reconcile."""
    from cloudledger.cli.books import tell_summary

    with told():
        exact = tell_summary(at_home(home), json=json)
    raise typer.Exit(0 if exact else 1)


@app.command()
def corrections(
    unresolved: Annotated[
        bool, typer.Option("--unresolved", help="Only those of a line that is not in the ledger.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """List corrections with the lines that they correct."""
    from cloudledger.cli.counted import tell_corrections

    with told():
        tell_corrections(at_home(home), unresolved=unresolved, json=json)


@app.command()
def displaced(
    measure: Annotated[
        str, typer.Option(callback=_known_measure, help=f"One of {', '.join(MEASURES)}.")
    ] = MEASURES[0],
    home: Home = None,
    json: Json = False,
) -> None:
    """List the lines that are in the lake and do not count, and why."""
    from cloudledger.cli.counted import tell_displaced

    with told():
        tell_displaced(at_home(home), measure=measure, json=json)


@app.command()
def changes(
    source: Annotated[str, typer.Option(help="Only this source's.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List what redeliveries changed: cost and lines before and after, by service."""
    from cloudledger.cli.changed import tell_changes

    with told():
        tell_changes(at_home(home), source=source, json=json)


@app.command()
def completeness(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=[*DAY, "%Y-%m-%dT%H:%M"], help="An instant, UTC (default: now)."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many days, newest first.")] = 30,
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell how much of each day has arrived; exit 1 when a source has stopped to deliver."""
    from cloudledger.cli.books import tell_completeness

    with told():
        at = as_of.replace(tzinfo=UTC) if as_of else datetime.now(UTC)
        arriving = tell_completeness(at_home(home), at, limit=limit, json=json)
    raise typer.Exit(0 if arriving else 1)


@app.command()
def usage(
    source: Annotated[str, typer.Option(help="Only this source.")] = "",
    unknown: Annotated[bool, typer.Option("--unknown", help="Only what is unexplained.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many days and services.")] = 50,
    home: Home = None,
    json: Json = False,
) -> None:
    """Hold the reports against the providers' usage APIs: what differs, and why."""
    from cloudledger.cli.books import tell_usage

    with told():
        tell_usage(at_home(home), source=source, unknown_only=unknown, limit=limit, json=json)


@app.command()
def validate(
    day: Annotated[datetime, typer.Option(formats=DAY, help="The charge day, UTC.")],
    provider: Annotated[str, typer.Option(help="Only this provider's, such as oracle.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Hold a day's lines against FOCUS 1.2, rule by rule; exit 1 on any failure."""
    from cloudledger.cli.output import validate_day

    with told():
        kept = validate_day(at_home(home), day.date(), provider=provider, json=json)
    raise typer.Exit(0 if kept else 1)


@app.command()
def export(
    to_file: Annotated[Path, typer.Option(help="A .csv, .csv.gz or .parquet.", dir_okay=False)],
    day: Annotated[datetime | None, typer.Option(formats=DAY, help="One charge day, UTC.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="The first charge day.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="The day after the last one.")
    ] = None,
    provider: Annotated[str, typer.Option(help="Only this provider's, such as oracle.")] = "",
    home: Home = None,
) -> None:
    """Write lines as FOCUS 1.2, every digit of every amount."""
    from cloudledger.cli.output import export_lines

    if (day is None) == (first is None and end is None):
        raise typer.BadParameter("give --day, or --from and --to, and not both")
    first_day = day or first
    end_day = day + timedelta(days=1) if day else end
    with told():
        export_lines(
            at_home(home),
            to_file,
            first_day=first_day.date() if first_day else date.min,
            end_day=end_day.date() if end_day else date.max,
            provider=provider,
        )


@app.command()
def bill(home: Home = None, json: Json = False) -> None:
    """Hold what AWS's Cost and Usage Reports list against what is billed, by account and month."""
    from cloudledger.cli.aws_bill import tell_bill

    with told():
        tell_bill(at_home(home), json=json)


app.command()(capacity)


@app.command()
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


@app.command()
def explain(
    event: Annotated[str, typer.Argument(help="An event's id, or the first digits of it.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell what explains an event: accounts, services, SKUs, resources, with their shares."""
    from cloudledger.cli.insights import tell_event

    with told():
        tell_event(at_home(home), event, json=json)


@app.command()
def forecast(
    by: Annotated[
        str, typer.Option(callback=_known_kind, help=f"One of {', '.join(SERIES_KINDS)}.")
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


@app.command()
def budgets(home: Home = None, json: Json = False) -> None:
    """List the budgets of the accounts, and how far each is spent."""
    from cloudledger.cli.governance import tell_budgets

    with told():
        tell_budgets(at_home(home), json=json)


@app.command()
def plans(
    plan_id: Annotated[
        str, typer.Argument(metavar="[PLAN]", help="Its changes, why, and how they ended.")
    ] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List what was planned to be changed in accounts, who let it be, and how far it came."""
    from cloudledger.cli.governance import tell_plans

    with told():
        tell_plans(at_home(home), plan_id, json=json)


@app.command()
def chargeback(
    month: Annotated[
        str, typer.Argument(help="Such as 2026-10 (default: the last one that has ended).")
    ] = "",
    close: Annotated[
        bool, typer.Option("--close", help="Close it: what changes later is a new version.")
    ] = False,
    home: Home = None,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="The lines as CSV.")] = False,
) -> None:
    """Charge a month back to cost centers, and write statements and a journal."""
    from cloudledger.cli.chargeback import charge
    from cloudledger.governance.chargeback_config import first_of

    now = datetime.now(UTC)
    if json and csv:
        raise typer.BadParameter("give --json or --csv, and not both")
    with told():
        first = first_of(month or f"{now.date().replace(day=1) - timedelta(days=1):%Y-%m}")
        charge(at_home(home), first, at=now, close=close, json=json, csv=csv)


@app.command()
def tags(
    key: Annotated[str, typer.Option(help="Only this tag, by its key or an alias.")] = "",
    by: Annotated[
        str, typer.Option(callback=_known_scope, help=f"One of {', '.join(TAG_SCOPES)}.")
    ] = TAG_SCOPES[0],
    untagged: Annotated[
        bool, typer.Option("--untagged", help="Resources without an allowed value instead.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell how much of the cost carries the tags that it should, and whose the rest likely is."""
    from cloudledger.cli.tags import tell_tags

    with told():
        tell_tags(at_home(home), key=key, by=by, untagged=untagged, json=json)


@app.command()
def trends(
    by: Annotated[
        str, typer.Option(callback=_known_kind, help=f"One of {', '.join(SERIES_KINDS)}.")
    ] = SERIES_KINDS[0],
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell how cost moves: growth, volatility, the week, the peak, who has most of it."""
    from cloudledger.cli.insights import tell_trends
    from cloudledger.insights.dimensions import Kind

    with told():
        tell_trends(at_home(home), Kind(by), json=json)


@app.command()
def efficiency(
    by: Annotated[
        str, typer.Option(callback=_known_split, help=f"One of {', '.join(SPLIT_KINDS)}.")
    ] = SPLIT_KINDS[0],
    home: Home = None,
    json: Json = False,
) -> None:
    """Tell how well money is spent, why cost changed, unit costs and new prices."""
    from cloudledger.cli.insights import tell_efficiency
    from cloudledger.insights.dimensions import Kind

    with told():
        tell_efficiency(at_home(home), Kind(by), json=json)


@app.command()
def notifications(
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    replay: Annotated[
        str, typer.Option(metavar="ID", help="Send a dead one once more, with the next run.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    home: Home = None,
    json: Json = False,
) -> None:
    """List what was told on which channel, and what was not; or send a dead one once more."""
    from cloudledger.cli.notifications import replay_notification, tell_notifications

    with told():
        if replay:
            replay_notification(at_home(home), replay, at=datetime.now(UTC))
        else:
            tell_notifications(at_home(home), dead=dead, limit=limit, json=json)


@app.command()
def doctor(home: Home = None, json: Json = False) -> None:
    """Check settings, folders, warehouse, connections and versions; say what to mend."""
    from cloudledger.cli.doctor import examine

    raise typer.Exit(0 if examine(home, json=json) else 1)
