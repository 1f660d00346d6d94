"""The words of a text, as search by words counts them: made alike for chunks and for questions.

Folded (NFKC, case, accents), without stop words, plurals brought to the singular (the S-stemmer:
Harman, How effective is suffixing?, JASIS 42(1), 1991). A script without spaces gives pairs of
characters, as Lucene's CJKAnalyzer does.
"""

from __future__ import annotations

import re
import unicodedata

BYTES = 128
"""A term is cut to what the column chunk_term.term holds, in bytes of UTF-8."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_SHORT = 3

# First what Lucene's EnglishAnalyzer leaves out, then what questions begin with.
_STOP_WORDS = """
a an and are as at be but by for if in into is it no not of on or such that the their then
there these they this to was will with
am can could do does did how i me my our should us we what when where which who why you your
"""
_STOP = frozenset(_STOP_WORDS.split())


def terms(text: str) -> list[str]:
    """The terms in the order of the text, repeated ones repeated; none longer than BYTES."""
    return [
        term
        for word in _WORD.findall(_folded(text))
        if word not in _STOP
        for term in _of_word(word)
    ]


def _folded(text: str) -> str:
    """Without case, accents, and ways of writing the same character."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(mark for mark in apart if unicodedata.category(mark) != "Mn")
    return unicodedata.normalize("NFKC", bare)


def _of_word(word: str) -> list[str]:
    if word.isascii():
        return [_singular(word)[:BYTES]]
    found: list[str] = []
    end = 0
    for run in _UNSPACED.finditer(word):
        found += [word[end : run.start()], *_pairs(run[0])]
        end = run.end()
    found.append(word[end:])
    return [_cut(_singular(piece)) for piece in found if piece]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _singular(word: str) -> str:
    if len(word) <= _SHORT or not word.endswith("s") or word.endswith(("us", "ss")):
        return word
    if word.endswith("ies") and not word.endswith(("aies", "eies")):
        return word[:-3] + "y"
    return word[:-1]


def _cut(word: str) -> str:
    return word.encode()[:BYTES].decode(errors="ignore")
