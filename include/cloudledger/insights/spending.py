"""How the usage cost of a period was spent, as of an instant: what an efficiency score is told by.

Commitments, list prices and tags are told by the lake's lines, the excess by the anomaly events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from cloudledger import exact
from cloudledger.focus.columns import SPLIT
from cloudledger.insights.efficiency import Efficiency, Spending, efficiency_of
from cloudledger.insights.event_store import stands_for
from cloudledger.insights.spans import DAY, Known, Span
from cloudledger.lake.table import Lake
from cloudledger.ledger.known_lines import known_lines
from cloudledger.ledger.sums import amount, summed
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Score:
    """How well the cost of a currency's recent days was spent."""

    billing_currency: str
    span: Span
    effective_cost: Decimal
    efficiency: Efficiency


def scores(
    session: Session,
    lake: Lake,
    as_of: datetime,
    known: Mapping[str, Known],
    *,
    tag_keys: Sequence[str],
    precedence: Sequence[str],
) -> list[Score]:
    """The score of each currency's recent days.

    :param tag_keys: the tags that a line with an owner has, all of them.
    :param precedence: the sources' names, the one that counts first before the others.
    """
    if not known:
        return []
    spans = [one.recent for one in known.values()]
    with known_lines(
        session,
        lake,
        as_of,
        first_day=min(span.first_day for span in spans),
        end_day=max(span.last_day for span in spans) + DAY,
        precedence=precedence,
    ) as con:
        found = []
        for currency, one in sorted(known.items()):
            excess = _excess(session, as_of, currency, one.recent)
            cost, spending = _spending(con, currency, one.recent, tag_keys, excess)
            efficiency = efficiency_of(spending) if spending else Efficiency(None, ())
            found.append(Score(currency, one.recent, cost, efficiency))
    return [score for score in found if exact.fits(score.effective_cost)]


def _spending(
    con: duckdb.DuckDBPyConnection,
    currency: str,
    span: Span,
    tag_keys: Sequence[str],
    excess: Decimal | None,
) -> tuple[Decimal, Spending | None]:
    """The cost, and how it was spent; a sum below zero (more was given back) tells nothing."""
    (row,) = summed(
        con,
        "lake/spending",
        {
            "billing_currency": currency,
            "first_day": span.first_day,
            "last_day": span.last_day,
            "tag_keys": list(tag_keys),
            "split": SPLIT,
        },
    ).to_pylist()
    cost = amount(row["effective_cost"])
    if cost < 0:
        return cost, None

    def told(name: str, there: bool) -> Decimal | None:
        value = amount(row[name])
        return value if there and value >= 0 and exact.fits(value) else None

    listed, committed = row["listed_lines"] > 0, row["committed_lines"] > 0
    return cost, Spending(
        effective_cost=cost,
        list_cost=told("list_cost", listed),
        listed_cost=told("listed_cost", listed),
        committed_cost=told("committed_cost", committed),
        unused_cost=told("unused_cost", committed),
        excess_cost=excess,
        allocated_cost=told("allocated_cost", bool(tag_keys)),
    )


def _excess(session: Session, as_of: datetime, currency: str, span: Span) -> Decimal | None:
    """None unless events were looked for as of the same instant."""
    if stands_for(session) != as_of:
        return None
    (row,) = session.query(
        statement("insights/unexpected_excess"),
        billing_currency=currency,
        first_day=span.first_day,
        last_day=span.last_day,
        split_name=SPLIT,
    ).to_pylist()
    return row["excess_cost"] or Decimal(0)
