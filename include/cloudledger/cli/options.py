"""What options of several commands have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option(help="The ledger's folder (default: the settings' home).", file_okay=False),
]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, amounts as text.")]
DAY = ["%Y-%m-%d"]


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """A callback that refuses any other text, and names those that are known."""

    def checked(name: str) -> str:
        if name not in known:
            raise typer.BadParameter(f"{name} is none of {', '.join(filter(None, known))}")
        return name

    return checked
