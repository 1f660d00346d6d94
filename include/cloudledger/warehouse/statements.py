"""A .sql file into its statements."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PIECE = re.compile(
    r"""
      '(?:[^']|'')*'
    | "[^"]*"
    | --[^\n]*
    | /\*.*?\*/
    | ;
    | ^[ \t]*/[ \t]*$
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CONDITION = re.compile(r"--[ \t]*(requires|before|unless):(.*)")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_BLOCK = re.compile(
    r"(?:DECLARE|BEGIN|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:NON)?EDITIONABLE\s+)?"
    r"(?:PROCEDURE|FUNCTION|PACKAGE|TRIGGER|TYPE))\b",
    re.IGNORECASE,
)


Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, and when it is run: always, unless comments before it say otherwise.

    :param requires: ``-- requires: 23.26.1``: in that version of the database or a later one.
    :param before: ``-- before: 23.26.1``: in an earlier version only.
    :param unless: ``-- unless: SELECT ...``, over the comment's last lines: not when the query
        gives a row. It says that the statement was run already, of one that fails when run again.
    """

    statement: str
    requires: Version | None = None
    before: Version | None = None
    unless: str = ""

    def is_for(self, version: Version) -> bool:
        """Whether a database of this version runs it."""
        return (self.requires is None or version >= self.requires) and (
            self.before is None or version < self.before
        )


def version_of(text: str) -> Version:
    """Such as (23, 26, 1, 0, 0) of ``23.26.1.0.0``.

    :raises ValueError: it is no version.
    """
    return tuple(int(part) for part in text.strip().split("."))


def steps(text: str) -> list[Step]:
    """The statements of a file, each with its conditions."""
    return [_step(piece, bare) for piece in _pieces(text) if (bare := _bare(piece))]


def split(text: str) -> list[str]:
    """The statements of a file, without the ``;`` that ends each.

    A PL/SQL block holds semicolons of its own (and ends in one), so it ends at a line that is only
    ``/``, as in SQL*Plus. Semicolons in texts, quoted names and comments end nothing.
    """
    return [step.statement for step in steps(text)]


def _step(piece: str, bare: str) -> Step:
    told: dict[str, str] = {}
    name = ""
    for line in piece[: -len(bare)].splitlines():
        if condition := _CONDITION.match(line.strip()):
            name = condition[1]
            told[name] = condition[2].strip()
        elif name == "unless":
            told[name] += " " + line.strip().removeprefix("--").strip()
    return Step(
        bare,
        requires=version_of(told["requires"]) if "requires" in told else None,
        before=version_of(told["before"]) if "before" in told else None,
        unless=told.get("unless", "").strip(),
    )


def _pieces(text: str) -> list[str]:
    statements: list[str] = []
    start = 0
    for piece in _PIECE.finditer(text):
        ending = piece[0].strip()
        if ending not in {";", "/"} or (ending == ";" and _is_block(text[start : piece.end()])):
            continue
        statements.append(text[start : piece.start()])
        start = piece.end()
    statements.append(text[start:])
    return [statement.strip() for statement in statements]


def _is_block(statement: str) -> bool:
    return _BLOCK.match(_bare(statement)) is not None


def _bare(statement: str) -> str:
    """Without the comments that stand before it; empty when there is nothing else."""
    while leading := _COMMENT.match(statement := statement.strip()):
        statement = statement[leading.end() :]
    return statement
