"""A statement as words: without comments, and with its texts told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from cloudledger.warehouse.statements import _BLOCK

TOKEN = re.compile(
    r"""
      (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"[^"]*")
    | (?P<hint>/\*\+.*?\*/)
    | (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<bind>(?<![:\w]):\w+)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_][\w$#]*)
    | (?P<op><=>|<->|<\#>|::|=>|<=|>=|<>|!=|\|\||[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Word:
    """``kind`` is the name of a group of TOKEN; ``upper`` the word in capitals."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper()


@cache
def words(statement: str) -> tuple[Word, ...]:
    """Everything but comments; hints are kept."""
    found = (Word(str(match.lastgroup), match[0]) for match in TOKEN.finditer(statement))
    return tuple(word for word in found if word.kind != "comment")


@cache
def plain(statement: str) -> str:
    """On one line, single blanks, capitals but for names, texts empty, no comments and hints."""
    kept = []
    for word in words(statement):
        if word.kind != "hint":
            kept.append("''" if word.kind == "text" else word.text)
    line = " ".join(kept)
    return re.sub(r" ?([.(]) ?| (?=[),])", lambda m: m[1] or "", line)


def bare(statement: str) -> str:
    """Without comments that start with two dashes."""
    return re.sub(r"[ \t]*--[^\n]*", "", statement)


def is_block(statement: str) -> bool:
    """Whether it is PL/SQL."""
    return _BLOCK.match(statement) is not None
