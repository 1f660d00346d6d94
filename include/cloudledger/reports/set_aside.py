"""A record that is not taken in, with all that is needed to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloudledger.reports.errors import UnreadableReport

MOST_SET_ASIDE = 100_000


@dataclass(frozen=True, slots=True)
class SetAside:
    r"""One record kept out of the ledger.

    ``record_number`` counts records from 1 (the header is none), ``line_number`` the file's lines
    from 1; ``column`` is the raw column at fault, ``None`` where the record has no columns;
    ``text`` is the original record, undecodable bytes written ``\xNN``.
    """

    record_number: int
    line_number: int
    column: str | None
    reason: str
    text: str


def bounded(set_aside: Sequence[SetAside], where: str) -> None:
    """Refuse the whole report when what is wrong is the report, not some records of it.

    :raises UnreadableReport: above :data:`MOST_SET_ASIDE` records.
    """
    if len(set_aside) > MOST_SET_ASIDE:
        first = set_aside[0]
        raise UnreadableReport(
            where,
            f"more than {MOST_SET_ASIDE} records would be set aside; the first of them, record "
            f"{first.record_number}, {f'{first.column} ' if first.column else ''}{first.reason}",
            "Mend what delivers the report, or its format's declaration, and take it in again",
        )
