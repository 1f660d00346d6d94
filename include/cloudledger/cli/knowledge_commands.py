"""The commands on documents that are searched by meaning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudledger.cli.home import at_home, told
from cloudledger.cli.options import DAY, Home, Json, one_of

if TYPE_CHECKING:
    from cloudledger.knowledge.retrieval.search import Mode

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
LONGEST = 2000
"""Bytes of a question, and of a remark, in UTF-8."""

app = typer.Typer(
    name="knowledge",
    help="What is searched: its releases, what is missing in it, how well it finds.",
    no_args_is_help=True,
)


def _text(value: str) -> str:
    try:
        length = len(value.encode())
    except UnicodeEncodeError as error:
        raise typer.BadParameter("it is not UTF-8: type it once more") from error
    if length > LONGEST:
        raise typer.BadParameter(f"it has {length:,} bytes: say it in {LONGEST:,} at most")
    return value


Question = Annotated[str, typer.Argument(callback=_text, help="In the words of whoever asks.")]


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
    question: Question,
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
        from cloudledger.knowledge.retrieval.candidates import Where

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


@app.command()
def releases(home: Home = None, json: Json = False) -> None:
    """List the releases: model, documents, what was embedded, since when they are searched."""
    with told():
        from cloudledger.cli.knowledge import tell_releases

        tell_releases(at_home(home), json=json)


@app.command()
def set_aside(home: Home = None, json: Json = False) -> None:
    """List the documents that cannot be searched, why, and what to do."""
    with told():
        from cloudledger.cli.knowledge import tell_set_asides

        tell_set_asides(at_home(home), json=json)


@app.command()
def quality(home: Home = None, json: Json = False) -> None:
    """Tell how well each release found what it was asked, and how fast."""
    with told():
        from cloudledger.cli.knowledge import tell_quality

        tell_quality(at_home(home), json=json)


@app.command()
def estimate(home: Home = None, json: Json = False) -> None:
    """Tell what a run with the present settings would embed, and how long; changes nothing."""
    with told():
        from cloudledger.cli.knowledge import tell_estimate

        tell_estimate(at_home(home), json=json)


@app.command()
def roll_back(
    because: Annotated[str, typer.Option(callback=_text, help="Why the one now is not to be.")],
    release: Annotated[
        str, typer.Argument(metavar="[RELEASE]", help="Its number (default: the one before).")
    ] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Let the release before be searched again, and refuse the one that is searched now."""
    if not because.strip():
        raise typer.BadParameter("say why, it is kept with the release", param_hint="--because")
    with told():
        from cloudledger.cli.knowledge import go_back

        go_back(at_home(home), release, because=because, at=datetime.now(UTC), json=json)


@app.command()
def feedback(
    question: Question,
    passage: Annotated[str, typer.Argument(help="Its id, as the search told it.")],
    helpful: Annotated[
        bool, typer.Option("--helpful/--not-helpful", help="Whether it answers the question.")
    ],
    remark: Annotated[str, typer.Option(callback=_text, help="What is good or wrong.")] = "",
    release: Annotated[str, typer.Option(help="Its number (default: the live one).")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Say whether a passage helped: the gate asks later releases what helped several people."""
    if not question.strip():
        raise typer.BadParameter("tell the question that was asked", param_hint="QUESTION")
    with told():
        from cloudledger.cli.knowledge import keep_feedback

        keep_feedback(
            at_home(home),
            question,
            passage,
            release=release,
            helpful=helpful,
            remark=remark.strip(),
            at=datetime.now(UTC),
            json=json,
        )
