"""Statements over a release's own table: its name and its vectors' length are written into them."""

from __future__ import annotations

import re

from cloudledger.sql import statement
from cloudledger.warehouse.port import Engine

_PLACE = re.compile(r"\{(\w+)\}")
_NAME = re.compile(r"[a-z0-9_]+")


def filled(name: str, engine: Engine | None, **parts: str | int) -> str:
    """A statement of sql/<engine>/knowledge or else sql/knowledge with each ``{part}`` written in.

    :raises ValueError: a part is missing, left over, or neither a lower_snake name nor a number.
    """
    text = statement(f"knowledge/{name}", engine)
    places = set(_PLACE.findall(text))
    if places != parts.keys():
        raise ValueError(
            f"knowledge/{name} has the places {sorted(places)}, given were {sorted(parts)}"
        )
    for part, value in parts.items():
        if isinstance(value, bool) or not _NAME.fullmatch(str(value)):
            raise ValueError(f"{part}: {value!r} is neither a lower_snake name nor a whole number")
    return _PLACE.sub(lambda place: str(parts[place[1]]), text)
