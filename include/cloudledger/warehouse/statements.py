"""A .sql file into its statements."""

from __future__ import annotations

import re

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
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_BLOCK = re.compile(
    r"(?:DECLARE|BEGIN|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:NON)?EDITIONABLE\s+)?"
    r"(?:PROCEDURE|FUNCTION|PACKAGE|TRIGGER|TYPE))\b",
    re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """The statements of a file, without the ``;`` that ends each.

    A PL/SQL block holds semicolons of its own (and ends in one), so it ends at a line that is only
    ``/``, as in SQL*Plus. Semicolons in texts, quoted names and comments end nothing.
    """
    statements: list[str] = []
    start = 0
    for piece in _PIECE.finditer(text):
        ending = piece[0].strip()
        if ending not in {";", "/"} or (ending == ";" and _is_block(text[start : piece.end()])):
            continue
        statements.append(text[start : piece.start()])
        start = piece.end()
    statements.append(text[start:])
    return [stripped for statement in statements if (stripped := _bare(statement))]


def _is_block(statement: str) -> bool:
    return _BLOCK.match(_bare(statement)) is not None


def _bare(statement: str) -> str:
    """Without the comments that stand before it; empty when there is nothing else."""
    while leading := _COMMENT.match(statement := statement.strip()):
        statement = statement[leading.end() :]
    return statement
