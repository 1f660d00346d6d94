"""The period a run stands for: one resolver for every DAG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open span ``[start, end)``, both UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"a period needs time zones: {self.start} .. {self.end}")
        if self.start >= self.end:
            raise ValueError(f"a period must end after it starts: {self}")

    def __str__(self) -> str:
        return f"[{self.start:%Y-%m-%dT%H:%M:%SZ}, {self.end:%Y-%m-%dT%H:%M:%SZ})"

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def days(self) -> tuple[date, date]:
        """The UTC days [first, end) that the period touches."""
        last = self.end.astimezone(UTC) - timedelta(microseconds=1)
        return self.start.astimezone(UTC).date(), last.date() + timedelta(days=1)


EVER = Period(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
"""The period of a run that considers every object, whenever it was delivered."""


def resolve_period(
    *,
    partition_key: str | None = None,
    interval: tuple[datetime, datetime] | None = None,
    params: Mapping[str, object] | None = None,
) -> Period:
    """The period of a run: its partition key, else its data interval, else its params.

    A partition key is one day (``2026-03-01``) or an instant that starts a day's period. Params
    are ``from`` and ``to``, ISO dates or instants; without a zone they are UTC. An interval of no
    length (Airflow gives one to manual runs) is no interval.

    :raises ValueError: when none of the three names a period; the message says what to pass.
    """
    if partition_key:
        start = _instant(partition_key)
        return Period(start, start + timedelta(days=1))
    if interval and interval[0] < interval[1]:
        return Period(*(end.astimezone(UTC) for end in interval))
    given = params or {}
    if given.get("from") and given.get("to"):
        return Period(_instant(str(given["from"])), _instant(str(given["to"])))
    raise ValueError(
        "this run has no partition key and no data interval: pass its period as params, such as "
        '{"from": "2026-03-01", "to": "2026-03-08"} (the end is exclusive)'
    )


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an ISO date or instant, such as 2026-03-01") from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
