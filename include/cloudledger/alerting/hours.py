"""When a channel is left in peace, and when it gets its digest."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cloudledger.alerting.config import QuietHours

SATURDAY = 5
DAY = timedelta(days=1)


def quiet_until(quiet: QuietHours | None, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet that reigns at an instant ends, UTC; None when it does not reign."""
    moment = at
    while quiet and (end := _end(quiet, zone, moment)):
        moment = end
    return moment if moment > at else None


def digest_after(hour: int, quiet: QuietHours | None, zone: ZoneInfo, at: datetime) -> datetime:
    """The next instant at which a channel gets its digest, UTC; never a quiet one."""
    day = at.astimezone(zone).date() - DAY
    while True:
        due = datetime.combine(day, time(hour), zone).astimezone(UTC)
        if due > at and quiet_until(quiet, zone, due) is None:
            return due
        day += DAY


def _end(quiet: QuietHours, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the stretch of quiet that an instant lies in ends; another may follow at once."""
    local = at.astimezone(zone)
    if quiet.weekends and local.weekday() >= SATURDAY:
        return _next(time(0), zone, local)
    if quiet.at_clock(local.time()):
        return _next(quiet.end, zone, local)
    return None


def _next(clock: time, zone: ZoneInfo, local: datetime) -> datetime:
    """The next instant at which a clock shows a time, also where it is put forward or back."""
    told = [
        datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)
        for day in (local.date(), local.date() + DAY)
        for fold in (0, 1)
    ]
    return min(one for one in told if one > local.astimezone(UTC))
