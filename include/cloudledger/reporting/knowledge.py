"""Answers of a search in the terminal, and the state of what is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from cloudledger.knowledge.embedding.estimate import Estimate
from cloudledger.knowledge.gate.store import Drift
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.planned import Planned
from cloudledger.knowledge.retrieval.context import Context
from cloudledger.knowledge.retrieval.search import Found
from cloudledger.reporting import page_format
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
STYLE = {"live": "bold green", "building": "yellow", "refused": "red"}
_INDENT = (0, 0, 0, 4)
_WIDEST = 100
"""Letters of a line of a passage: longer ones are hard to read."""


def show_found(out: Console, release: Release, found: Sequence[Found]) -> None:
    """Each passage with where it stands and how near it is, the best first."""
    for one in found:
        cosine = "" if one.cosine is None else f"  cosine {one.cosine:.3f}"
        words = "" if one.word_rank is None else f"  {_ordinal(one.word_rank)} by words"
        head = Text(f"{one.rank:>2}. ")
        head.append(one.title_path or one.title, style="bold")
        head.append(f"{cosine}{words}", style="cyan")
        out.print(head, soft_wrap=True)
        _line(out, "  ".join(filter(None, (one.uri, one.locator))), "dim")
        about = (one.department, one.category, one.region, one.document_date)
        if any(about):
            _line(out, " · ".join(str(part) for part in about if part), "dim")
        out.print(Padding(Text(one.body), _INDENT), width=min(out.width, _WIDEST))
        _line(out, f"passage {one.chunk_id}", "dim")
        out.print()
    told = f"{len(found)} passages" if found else "no passage"
    out.print(
        f"{told} of release {release.number} ({release.model}, {release.documents:,} documents)",
        markup=False,
    )


def show_context(out: Console, context: Context) -> None:
    """The passages as they stand in a prompt, and nothing else: they may be passed on."""
    out.print(context.text, markup=False, soft_wrap=True)


def set_asides(session: Session) -> list[Row]:
    """The documents that cannot be searched, by place and address; ``searched`` is 1 where the
    live release has an earlier version."""
    rows: list[Row] = session.query(statement("reporting/set_aside_documents")).to_pylist()
    return rows


def show_releases(out: Console, found: Sequence[Release]) -> None:
    """Each release in a row, the newest first."""
    if not found:
        out.print("no releases: run the DAG knowledge_refresh")
        return
    shown = grid(
        *("release", "state", "model", "precision", "live since, UTC", "until", "because"),
        documents="documents",
        chunks="chunks",
        embedded="embedded",
        reused="reused",
    )
    for one in found:
        shown.add_row(
            str(one.number),
            f"[{STYLE.get(one.state, 'dim')}]{one.state}[/]",
            escape(one.model),
            one.precision,
            page_format.instant(one.released_at),
            page_format.instant(one.ended_at),
            escape(one.reason or ""),
            *map(page_format.count, (one.documents, one.chunks, one.embedded, one.reused)),
        )
    out.print(shown)


def show_set_asides(out: Console, rows: Sequence[Row]) -> None:
    """Each document with why, and what to do."""
    if not rows:
        out.print("no document is set aside")
        return
    for row in rows:
        stays = "; an earlier version is searched" if row["searched"] else ""
        head = Text(row["uri"], style="bold")
        head.append(f"  {row['reason']}{stays}", style="yellow")
        out.print(head, soft_wrap=True)
        out.print(f"    {row['detail']}", markup=False, soft_wrap=True)
    out.print(f"{len(rows):,} documents cannot be searched as they are", markup=False)


def show_quality(out: Console, found: Sequence[Drift]) -> None:
    """What the gate measured of each release, the latest first."""
    if not found:
        out.print("no release was measured: run the DAG knowledge_refresh")
        return
    shown = grid(
        *("release", "state", "model", "measured, UTC"),
        questions="questions",
        ndcg="nDCG@10",
        live="of the live one",
        meaning="by meaning",
        judged="people's",
        recall="recall@10",
        cosine="top cosine",
        kept="kept of live",
        p50="p50, ms",
        p95="p95, ms",
    )
    for one in found:
        scores = (
            *(one.ndcg, one.live_ndcg, one.meaning_ndcg, one.judged_ndcg, one.recall),
            *(one.top_1_cosine, one.kept_of_live),
        )
        shown.add_row(
            str(one.release_number),
            f"[{STYLE.get(one.state, 'dim')}]{one.state}[/]",
            escape(one.model),
            page_format.instant(one.as_of),
            page_format.count(one.questions),
            *(_rounded(score, 3) for score in scores),
            *(_rounded(span, 1) for span in (one.p50_ms, one.p95_ms)),
        )
    out.print(shown)


def estimate_figures(plan: Planned) -> dict[str, Any]:
    """As JSON takes it; ``seconds`` are of this machine."""
    return {
        "release": plan.release.number,
        "model": asdict(plan.model),
        "same_model": plan.same_model,
        "cut_anew": plan.cut_anew,
        "needed": _figures(plan.needed),
        "at_most": _figures(plan.at_most),
    }


def show_estimate(out: Console, plan: Planned) -> None:
    """What a run would embed, what is not known of it, and what follows of another model."""
    model, release = plan.model, plan.release

    def say(text: str) -> None:
        out.print(text, markup=False, soft_wrap=True)

    say(f"{model.model} ({model.precision}, {model.dimensions} dimensions)")
    if not plan.same_model:
        say(
            f"another model than release {release.number} has, {release.model} "
            f"({release.precision}): it has no vectors that can be taken over"
        )
    say(f"as release {release.number} is cut: {plan.needed}")
    if plan.cut_anew:
        say(
            "The settings or the model cut documents otherwise than they were cut for it: the "
            "limits of chunks may change, all documents are read anew, and texts that become "
            f"others are embedded: at most {plan.at_most}"
        )
    say(f"Documents that came or changed after release {release.number} are not counted.")


def _figures(one: Estimate) -> dict[str, Any]:
    return {
        "texts": one.texts,
        "tokens": one.tokens,
        "tokens_per_second": round(one.rate, 1),
        "seconds": round(one.seconds, 1),
        "bytes": one.bytes,
    }


def _rounded(value: Decimal | None, places: int) -> str:
    return page_format.NOTHING if value is None else f"{value:.{places}f}"


def _line(out: Console, text: str, style: str) -> None:
    out.print(f"    {text}", markup=False, style=style, soft_wrap=True)


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if number % 100 in (11, 12, 13) else ends.get(number % 10, "th")
    return f"{number}{end}"
