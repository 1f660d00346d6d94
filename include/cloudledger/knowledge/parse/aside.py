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


def check_length(characters: int, where: str) -> None:
    """Hold a document's text to :data:`MOST_CHARACTERS`.

    :raises Unreadable: it is longer.
    """
    if characters > MOST_CHARACTERS:
        raise Unreadable(
            "too_much_text",
            f"{where} has more than {MOST_CHARACTERS:,} characters of text: split it into several",
        )
