"""The state of days and sources in the warehouse: read arrivals, assess, keep what was found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cloudledger.ledger.arrival_curve import DAY
from cloudledger.ledger.arrivals import arrivals, delivery_instants
from cloudledger.ledger.assess import LEARN_DAYS, Assessment, DayState, assess
from cloudledger.ledger.rhythm import Rhythm
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

_DAYS = pa.schema(
    [
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("status", pa.string()),
        ("expected_share", MONEY),
        ("arrived_share", MONEY),
        ("lines", pa.int64()),
        ("likely_lines", pa.int64()),
        ("history_days", pa.int64()),
        ("as_of", INSTANT),
    ]
)
_SOURCES = pa.schema(
    [
        ("source", pa.string()),
        ("status", pa.string()),
        ("deliveries", pa.int64()),
        ("last_arrival_at", INSTANT),
        ("usual_gap_seconds", pa.int64()),
        ("limit_seconds", pa.int64()),
        ("stalled_since", INSTANT),
        ("as_of", INSTANT),
    ]
)


def by_day(session: Session, as_of: datetime) -> pa.Table:
    """Each provider's last 45 ended days as they stood at an instant, oldest first.

    Columns ``provider``, ``charge_day``, ``status`` (``complete``, ``filling``, ``stalled``),
    ``expected_share`` and ``arrived_share`` (0 to 1), ``lines``, ``likely_lines`` (NULL when
    nothing tells), ``history_days``, ``as_of``. Only what had arrived by ``as_of`` is looked at,
    whenever this is asked. To scale a filling day up, multiply by ``likely_lines / lines``.
    """
    return day_rows(assess_now(session, as_of))


def assess_now(session: Session, as_of: datetime, sources: Iterable[str] = ()) -> Assessment:
    """The state of days and sources at an instant, from the ledger's arrivals.

    :param sources: the names of those that are told of even when nothing has ever arrived.
    """
    first_day = as_of.date() - LEARN_DAYS * DAY
    return assess(
        arrivals(session, as_of=as_of, first_day=first_day),
        delivery_instants(session, as_of=as_of, since=as_of - LEARN_DAYS * DAY),
        as_of,
        sources,
    )


def save(session: Session, found: Assessment) -> bool:
    """Replace the recent days' and the sources' rows; whether that was done.

    A run that stands for an earlier instant than the rows do leaves them as they are.
    """
    (newest,) = session.query(statement("ledger/assessed_at")).to_pylist()
    if newest["as_of"] is not None and newest["as_of"] > found.as_of:
        return False
    session.execute(statement("ledger/forget_rhythms"))
    session.insert("source_rhythm", source_rows(found))
    if found.days:
        first_day = min(day.charge_day for day in found.days)
        session.execute(statement("ledger/forget_completeness"), first_day=first_day)
        session.insert("completeness", day_rows(found))
    return True


def day_rows(found: Assessment) -> pa.Table:
    """The days as the table ``completeness`` holds them."""
    rows = [_day_row(day, found.as_of) for day in found.days]
    return pa.Table.from_pylist(rows, schema=_DAYS)


def _day_row(day: DayState, as_of: datetime) -> dict[str, Any]:
    return {
        "provider": day.provider,
        "charge_day": day.charge_day,
        "status": day.status.value,
        "expected_share": _share(day.expected_share),
        "arrived_share": _share(day.arrived_share),
        "lines": day.lines,
        "likely_lines": day.likely_lines,
        "history_days": day.history_days,
        "as_of": as_of,
    }


def _share(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def source_rows(found: Assessment) -> pa.Table:
    """The sources as the table ``source_rhythm`` holds them."""
    rows = [_source_row(source) for source in found.sources]
    return pa.Table.from_pylist(rows, schema=_SOURCES)


def _source_row(source: Rhythm) -> dict[str, Any]:
    return {
        "source": source.source,
        "status": source.pace.value,
        "deliveries": source.deliveries,
        "last_arrival_at": source.last_arrival_at,
        "usual_gap_seconds": source.usual_gap and int(source.usual_gap.total_seconds()),
        "limit_seconds": source.limit and int(source.limit.total_seconds()),
        "stalled_since": source.stalled_since,
        "as_of": source.as_of,
    }
