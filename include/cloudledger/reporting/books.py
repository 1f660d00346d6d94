"""The ledger as a whole: its objects by source, its published totals, what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cloudledger.reporting import page
from cloudledger.reporting.intake import set_aside_lines
from cloudledger.reporting.page import Row
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session


@dataclass(frozen=True, slots=True)
class Listing:
    """The ledger by source and state, and its ``objects``, newest delivery first; ``total``
    counts all that the same filter finds."""

    sources: Sequence[Row]
    objects: Sequence[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole ledger: counts, published totals by currency and provider, lines set aside."""

    verdict: Row
    totals: Sequence[page.CurrencyTotals]
    set_aside: Sequence[Row]


def listing(session: Session, *, source: str, state: str, uri: str, at_most: int) -> Listing:
    """The newest objects; empty filters let everything through, ``uri`` finds a part of it."""
    rows = session.query(
        statement("reporting/page_objects"),
        source_name=source,
        object_state=state,
        uri_part=uri,
        first_row=1,
        last_row=at_most,
    ).to_pylist()
    sources = session.query(statement("reporting/ledger_sources")).to_pylist()
    return Listing(sources, rows, int(rows[0]["total"]) if rows else 0)


def summary(session: Session) -> Summary:
    """The whole ledger, as published."""
    return Summary(page.verdict(session), page.totals(session), tuple(set_aside_lines(session)))
