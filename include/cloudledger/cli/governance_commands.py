"""The commands on budgets, plans of changes, chargeback, tags and notifications."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cloudledger.cli.home import at_home, told
from cloudledger.cli.options import Home, Json, one_of

TAG_SCOPES = ("provider", "account", "service")


def budgets(home: Home = None, json: Json = False) -> None:
    """List the budgets of the accounts, and how far each is spent."""
    from cloudledger.cli.governance import tell_budgets

    with told():
        tell_budgets(at_home(home), json=json)


def plans(
    plan_id: Annotated[
        str, typer.Argument(metavar="[PLAN]", help="Its changes, why, and how they ended.")
    ] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Let the next run of remediation plan its reverse.")
    ] = False,
    because: Annotated[str, typer.Option(help="Why it is to be taken back.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """List what was planned to be changed in accounts, who let it be, and how far it came."""
    from getpass import getuser

    from cloudledger.cli.governance import ask_undo, tell_plans

    if undo and not (plan_id and because):
        raise typer.BadParameter("--undo needs the plan, and --because with the reason")
    if because and not undo:
        raise typer.BadParameter("--because is the reason for --undo")
    with told():
        if undo:
            ask_undo(
                at_home(home),
                plan_id,
                because=because,
                by=getuser(),
                at=datetime.now(UTC),
                json=json,
            )
        else:
            tell_plans(at_home(home), plan_id, json=json)


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
    from cloudledger.governance.chargeback.config import first_of

    now = datetime.now(UTC)
    if json and csv:
        raise typer.BadParameter("give --json or --csv, and not both")
    with told():
        first = first_of(month or f"{now.date().replace(day=1) - timedelta(days=1):%Y-%m}")
        charge(at_home(home), first, at=now, close=close, json=json, csv=csv)


def tags(
    key: Annotated[str, typer.Option(help="Only this tag, by its key or an alias.")] = "",
    by: Annotated[
        str, typer.Option(callback=one_of(TAG_SCOPES), help=f"One of {', '.join(TAG_SCOPES)}.")
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
