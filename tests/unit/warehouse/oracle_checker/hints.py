"""Hints: a wrong one is a comment to Oracle, which says nothing of it.

Source: Oracle AI Database 26ai, AI Vector Search User's Guide, "Vector Index Hints".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oracle_checker.words import words

KNOWN = frozenset(
    {
        "VECTOR_INDEX_TRANSFORM",
        "NO_VECTOR_INDEX_TRANSFORM",
        "VECTOR_INDEX_SCAN",
        "NO_VECTOR_INDEX_SCAN",
    }
)
FILTERS = frozenset(
    {
        "PRE_FILTER_WITH_JOIN_BACK",
        "PRE_FILTER_WITHOUT_JOIN_BACK",
        "IN_FILTER_WITH_JOIN_BACK",
        "IN_FILTER_WITHOUT_JOIN_BACK",
        "POST_FILTER_WITHOUT_JOIN_BACK",
    }
)
HINT = re.compile(r"(\w+)\s*(?:\(([^)]*)\))?")


def ignored(statement: str) -> Iterator[str]:
    """Hints that Oracle would pass over: misspelt, misplaced, or of a table that is not there."""
    every = words(statement)
    named = [word.text.lower() for word in every if word.kind == "word"]
    for place, word in enumerate(every):
        if word.kind != "hint":
            continue
        if place == 0 or every[place - 1].upper not in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            yield f"{word.text}: a hint stands behind the statement's first word"
        for name, written in HINT.findall(word.text[3:-2].strip()):
            arguments = written.replace(",", " ").split()
            if name.upper() not in KNOWN:
                yield f"{name}: no hint that is known"
            elif not arguments or arguments[0].lower() not in named:
                yield f"{name}: of no table or alias of the statement"
            elif _is_aliased(named, arguments[0].lower()):
                yield f"{name}({arguments[0]}): the table has an alias, which is its name here"
            elif len(arguments) > 2 and arguments[2].upper() not in FILTERS:
                yield f"{arguments[2]}: no way to filter"


def _is_aliased(named: list[str], table: str) -> bool:
    """Whether the table's name is followed by an alias that columns are called by."""
    places = [at for at, name in enumerate(named[:-1]) if name == table and named[at - 1] == "from"]
    return any(named.count(named[at + 1]) > 1 and len(named[at + 1]) <= 3 for at in places)
