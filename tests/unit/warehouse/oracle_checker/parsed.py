"""What sqlfluff's Oracle dialect makes of a statement.

It is slow, and a grammar cares neither for names nor for how long a list is: statements are parsed
with ``n`` for each name, ``1`` for each number, and without the items of a list and the conditions
that are like one before; each such form once in a process.
"""

from __future__ import annotations

import re
from functools import cache

from sqlfluff.core import FluffConfig, Linter

from oracle_checker import vector
from oracle_checker.words import plain

INNERMOST = re.compile(r"\(([^()]*)\)")
CHAIN = re.compile(r"(?P<one> (?:AND|OR|UNION ALL) (?:(?! AND | OR | UNION ALL ).)+?)(?P=one)+")


@cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "oracle"}))


def violations(statement: str) -> tuple[str, ...]:
    """Where it cannot be parsed. Fetches are given as it knows them: ``vector`` judges those."""
    return _of_form(form(statement))


def form(statement: str) -> str:
    """The statement without what does not matter to a grammar; keywords are in capitals."""
    line = vector.known_to_parsers(plain(statement))
    line = re.sub(r"(?<![:\w]):\w+", ":n", line)
    line = re.sub(r"\b[a-z][a-z0-9_$#]*\b", "n", line)
    line = re.sub(r"\b\d+(\.\d+)?\b", "1", line)
    return _shortened(line)


def _shortened(line: str) -> str:
    """Brackets are shortened from the innermost on, each held aside under a mark of its own."""
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        inner = f"({_listed(match[1])})"
        if inner not in held:
            held.append(inner)
        return f"\0{held.index(inner)}\0"

    while INNERMOST.search(line):
        line = INNERMOST.sub(hold, line)
    line = _listed(line)
    while "\0" in line:
        line = re.sub("\0(\\d+)\0", lambda match: held[int(match[1])], line)
    return line


def _listed(line: str) -> str:
    first, *rest = CHAIN.sub(r"\g<one>", line).split(",")
    return ",".join([first, *dict.fromkeys(rest)])


@cache
def _of_form(line: str) -> tuple[str, ...]:
    return tuple(str(one) for one in _linter().parse_string(f"{line};").violations)
