"""What cannot be read of an object: the whole of it, or one of the documents in it."""

from __future__ import annotations

from typing import NamedTuple

from cloudledger.knowledge.document import Unreadable

MOST_CHARACTERS = 10_000_000
"""Of one document's text: some 5,000 pages."""


class Aside(NamedTuple):
    """One document of an object that cannot be taken in, while its others can.

    :param part: which one, as :attr:`cloudledger.knowledge.document.Parsed.part` says it.
    """

    part: str
    reason: str
    detail: str


def check_length(characters: int, what: str, most: int = MOST_CHARACTERS) -> None:
    """Hold a text to so many characters.

    :raises Unreadable: it is longer.
    """
    if characters > most:
        raise Unreadable(
            "too_much_text", f"{what} has more than {most:,} characters: split it into several"
        )
