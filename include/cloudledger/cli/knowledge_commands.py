"""The commands on documents that are searched by meaning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudledger.cli.home import at_home, told
from cloudledger.cli.options import DAY, Home, Json, one_of

if TYPE_CHECKING:
    from cloudledger.knowledge.search import Mode

MODES: tuple[Mode, ...] = ("hybrid", "meaning", "words")
KEYS = {
    "department": "department",
    "category": "category",
    "region": "region",
    "tag": "tag",
    "source": "source",
    "uri": "uri_prefix",
}
"""What documents are filtered by, and what the search calls it."""
MOST = 100
PASSAGES, FOR_CONTEXT = 5, 20


def _filters(given: list[str]) -> dict[str, Any]:
    """``department=Legal`` as an argument of ``Where``."""
    found: dict[str, Any] = {}
    for one in given:
        key, _, value = one.partition("=")
        if key not in KEYS or not value:
            raise typer.BadParameter(
                f"{one}: give KEY=VALUE, with a key of {', '.join(KEYS)}", param_hint="--where"
            )
        if KEYS[key] in found:
            raise typer.BadParameter(f"{key} is given twice", param_hint="--where")
        found[KEYS[key]] = value
    return found


def search(
    question: Annotated[str, typer.Argument(help="In the words of whoever asks.")],
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help=f"Only documents of it; of {', '.join(KEYS)} (begins so). May be repeated.",
        ),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Only documents of this day and later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Only documents of this day and earlier.")
    ] = None,
    k: Annotated[
        int | None,
        typer.Option(
            "--k",
            min=1,
            max=MOST,
            help=f"How many passages ({PASSAGES}; {FOR_CONTEXT} for --context).",
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(callback=one_of(MODES), help=f"By one of {', '.join(MODES)}.")
    ] = MODES[0],
    newer_half_life: Annotated[
        int,
        typer.Option(
            metavar="DAYS", min=0, help="Newer first: after so many days one counts half."
        ),
    ] = 0,
    min_score: Annotated[
        float | None, typer.Option(min=-1, max=1, help="Leave out what is not so near (cosine).")
    ] = None,
    context: Annotated[
        int,
        typer.Option(
            metavar="TOKENS", min=0, help="As text for a prompt, with citations, of so many tokens."
        ),
    ] = 0,
    home: Home = None,
    json: Json = False,
) -> None:
    """Find the passages of runbooks, policies and contracts that answer a question."""
    filters = _filters(where or [])
    with told():
        from cloudledger.cli.search import Asked, tell_found
        from cloudledger.knowledge.candidates import Where

        asked = Asked(
            question,
            Where(**filters, since=since and since.date(), until=until and until.date()),
            k or (FOR_CONTEXT if context else PASSAGES),
            next(one for one in MODES if one == mode),
            newer_half_life,
            min_score,
            context,
        )
        tell_found(at_home(home), asked, at=datetime.now(UTC), json=json)
