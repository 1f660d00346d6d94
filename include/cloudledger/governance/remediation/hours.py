"""When working hours are, by the clock of a place, also on the days when clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cloudledger.governance.remediation.policies import DAYS, WorkingHours

DAY = timedelta(days=1)


def hours_at(hours: WorkingHours, at: datetime) -> tuple[bool, datetime]:
    """Whether an instant is in working hours, and since when it has been so (UTC).

    Where a clock is put back within the first or the last hour, both of its readings count as
    worked; where it is put forward over one, the hours begin or end as if it had not been.
    """
    zone = ZoneInfo(hours.timezone)
    today = at.astimezone(zone).date()
    back = 7 * (len(hours.holidays) + 2)
    for day in (today + DAY * ahead for ahead in range(1, -back, -1)):
        if DAYS[day.weekday()] not in hours.days or day in hours.holidays:
            continue
        begin = min(_instants(day, hours.begin, zone))
        end = max(_instants(day, hours.end, zone))
        if end <= at:
            return False, end
        if begin <= at:
            return True, begin
    raise ValueError(f"working hours: every day of {back} before {at} is a holiday")


def _instants(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    return [
        datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)
    ]
