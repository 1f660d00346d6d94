"""The commands on what was taken in, and what it cost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cloudledger.cli.home import at_home, told
from cloudledger.cli.options import DAY, Home, Json, one_of
from cloudledger.focus.columns import MEASURES
from cloudledger.reports.formats import FORMATS, GIVEN

STATES = ("open", "failed", "taken_in", "superseded")


def _named(values: list[str] | None) -> list[str] | None:
    for value in values or ():
        name, _, said = value.partition("=")
        if name not in GIVEN or not said:
            raise typer.BadParameter(f"{value}: NAME=VALUE, NAME one of {', '.join(GIVEN)}")
    return values


def take_in_files(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.")],
    format: Annotated[
        str,
        typer.Option(
            callback=one_of(("auto", *FORMATS)), help="A report format, instead of finding it."
        ),
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


def ledger(
    source: Annotated[str, typer.Option(help="Only this source's objects.")] = "",
    state: Annotated[
        str,
        typer.Option(callback=one_of(("", *STATES)), help="open, failed, taken_in or superseded."),
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


def reconcile(home: Home = None, json: Json = False) -> None:
    """Hold every object and day against the lake; exit 1 on any difference."""
    from cloudledger.cli.books import tell_reconciliation

    with told():
        exact = tell_reconciliation(at_home(home), json=json)
    raise typer.Exit(0 if exact else 1)


def summary(home: Home = None, json: Json = False) -> None:
    """The whole ledger on one page; exit 1 when it does not reconcile."""
    from cloudledger.cli.books import tell_summary

    with told():
        exact = tell_summary(at_home(home), json=json)
    raise typer.Exit(0 if exact else 1)


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


def displaced(
    measure: Annotated[
        str, typer.Option(callback=one_of(MEASURES), help=f"One of {', '.join(MEASURES)}.")
    ] = MEASURES[0],
    home: Home = None,
    json: Json = False,
) -> None:
    """List the lines that are in the lake and do not count, and why."""
    from cloudledger.cli.counted import tell_displaced

    with told():
        tell_displaced(at_home(home), measure=measure, json=json)


def changes(
    source: Annotated[str, typer.Option(help="Only this source's.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List what redeliveries changed: cost and lines before and after, by service."""
    from cloudledger.cli.changed import tell_changes

    with told():
        tell_changes(at_home(home), source=source, json=json)


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


def bill(home: Home = None, json: Json = False) -> None:
    """Hold what AWS's Cost and Usage Reports list against what is billed, by account and month."""
    from cloudledger.cli.aws_bill import tell_bill

    with told():
        tell_bill(at_home(home), json=json)
