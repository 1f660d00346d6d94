"""What sqlfluff's Oracle dialect makes of a statement."""

from __future__ import annotations

import re
from functools import cache

from sqlfluff.core import FluffConfig, Linter

from oracle_checker import vector
from oracle_checker.words import plain


@cache
def _linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "oracle"}))


def violations(statement: str) -> tuple[str, ...]:
    """Where it cannot be parsed. Fetches are given as it knows them: ``vector`` judges those."""
    line = re.sub(r"(?<![:\w]):(\d+)\b", r":p\1", vector.known_to_parsers(plain(statement)))
    return _of_form(re.sub(r"\b\d+(\.\d+)?\b", "1", line))


@cache
def _of_form(line: str) -> tuple[str, ...]:
    """Of statements that differ in texts and numbers alone, one is parsed."""
    return tuple(str(one) for one in _linter().parse_string(f"{line};").violations)
