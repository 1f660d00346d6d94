"""Reading a JSON object of tags where DuckDB's own reading would lose something."""

from __future__ import annotations

import json
import re

LOSSY = r"[:\[,]\s*-?([0-9]*[.eE]|[0-9]{16})"
"""A JSON number that DuckDB would read as a double."""

_BLANK = re.compile(r"[ \t\r\n]*")
_JSON = json.JSONDecoder()


def read_tags(text: str) -> tuple[dict[str, str], bool]:
    """The tags of a JSON object, values that are no strings as they stand in the text.

    The flag says whether that is all the text says; when not (no object, a key twice), the text
    itself must be kept.
    """
    try:
        tags, whole = _pairs(text)
        "".join((*tags, *tags.values())).encode()  # a lone surrogate escape is no text
        return tags, whole
    except (ValueError, RecursionError):
        return {}, text == "null"


def _pairs(text: str) -> tuple[dict[str, str], bool]:
    tags: dict[str, str] = {}
    whole = True
    at = _expect(text, 0, "{")
    if text.startswith("}", at):
        return tags, True
    while True:
        key, at = _JSON.raw_decode(text, at)
        if not isinstance(key, str):
            raise ValueError("a key is not a string")
        start = _expect(text, _blank(text, at), ":")
        value, at = _JSON.raw_decode(text, start)
        whole = whole and key not in tags
        if value is not None:
            tags[key] = value if isinstance(value, str) else text[start:at]
        at = _blank(text, at)
        if not text.startswith(",", at):
            break
        at = _blank(text, at + 1)
    if _expect(text, at, "}") != len(text):
        raise ValueError("text follows the object")
    return tags, whole


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _expect(text: str, at: int, character: str) -> int:
    at = _blank(text, at)
    if not text.startswith(character, at):
        raise ValueError(f"{character} expected at position {at + 1}")
    return _blank(text, at + 1)
