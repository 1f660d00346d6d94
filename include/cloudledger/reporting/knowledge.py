"""Answers of a search in the terminal, and the state of what is searched."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cloudledger.knowledge.context import Context
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.search import Found

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


def _line(out: Console, text: str, style: str) -> None:
    out.print(f"    {text}", markup=False, style=style, soft_wrap=True)


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if number % 100 in (11, 12, 13) else ends.get(number % 10, "th")
    return f"{number}{end}"
