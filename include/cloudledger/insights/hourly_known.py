"""Usage cost by the hour as it was known at an instant, where lines say which hour they are of.

The total of a currency and its services. A day of which less than 98 % had arrived has no known
hours; in the others an hour without a line cost nothing. Lines of days or months have no hour, and
none is made up for them: each series says which part of its cost has hours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.focus.columns import NO_CURRENCY, SPLIT
from cloudledger.insights.dimensions import COLUMNS, Kind, Series, series_id
from cloudledger.insights.reliable import Reliable, common_end, reliable
from cloudledger.lake.table import Lake
from cloudledger.ledger.assess import DayState
from cloudledger.ledger.completeness import assess_now
from cloudledger.ledger.known_lines import known_lines
from cloudledger.ledger.sums import amount, summed
from cloudledger.warehouse.port import Session

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ENOUGH = Decimal("0.25")
"""A series of whose cost a smaller part has hours is not told by the hour."""
LARGEST = Decimal(10**11)
"""No hour costs as much, in any currency; a larger sum is an error of the source."""
_PLACES = Decimal("0.000001")
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class HourlyCost:
    """A series by the hour from ``first_hour`` on: ``costs`` in its currency, None where the cost
    of an hour is not known; empty where there are no hours, for the reason that ``remark`` says.

    ``share`` is the part of its usage cost that has hours.
    """

    series: Series
    share: Decimal
    first_hour: datetime | None = None
    costs: tuple[Decimal | None, ...] = ()
    remark: str = ""

    @property
    def end(self) -> datetime | None:
        """The instant at which the last known hour ends."""
        return None if self.first_hour is None else self.first_hour + len(self.costs) * HOUR


def hourly_costs(
    session: Session, lake: Lake, as_of: datetime, *, weeks: int, precedence: Collection[str]
) -> Iterator[HourlyCost]:
    """Every service of the last weeks before ``as_of``, then the total of each currency.

    EffectiveCost of usage, as in :func:`cloudledger.insights.known.usage_cost`.

    :param precedence: the sources' names, the one that counts first before the others.
    """
    end_day = as_of.astimezone(UTC).date()
    first_day = end_day - weeks * 7 * DAY
    with known_lines(
        session,
        lake,
        as_of,
        first_day=first_day,
        end_day=end_day,
        precedence=tuple(precedence),
    ) as con:
        found = summed(con, "lake/hourly_cost", {"no_currency": NO_CURRENCY, "split_name": SPLIT})
    return series_by_hour(found, assess_now(session, as_of).days, first_day)


def series_by_hour(
    found: pa.Table, states: Iterable[DayState], first_day: date
) -> Iterator[HourlyCost]:
    """The services of the rows of ``sql/lake/hourly_cost.sql``, then the totals.

    :param found: the rows in the statement's order.
    :param states: the completeness of recent days.
    :param first_day: the first day that was looked at.
    """
    states = tuple(states)
    newest: dict[str, date] = {}
    for provider, day in zip(*(found[name].to_pylist() for name in _ENDS), strict=True):
        newest[provider] = max(day, newest.get(provider, day))
    known = {provider: reliable(provider, day, states) for provider, day in newest.items()}
    totals: dict[str, _Sum] = {}
    for (currency, *names), rows in groupby(_rows(found), key=_service):
        total, service = totals.setdefault(currency, _Sum()), _Sum()
        for row in rows:
            total.add(row)
            service.add(row)
        values = {
            column: name
            for column, name in zip(COLUMNS[Kind.SERVICE], names, strict=True)
            if name is not None
        }
        yield _told(_series(Kind.SERVICE, currency, values), service, known, first_day)
    for currency, total in totals.items():
        yield _told(_series(Kind.TOTAL, currency, {}), total, known, first_day)


_ENDS = ("provider", "last_day")


@dataclass(slots=True)
class _Sum:
    """Cost by hour, what has no hour, and the providers of the hours."""

    hours: dict[datetime, Decimal] = field(default_factory=dict)
    rest: Decimal = Decimal(0)
    providers: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any]) -> None:
        hour, cost = row["charge_hour"], amount(row["effective_cost"])
        if hour is None:
            self.rest = exact.add(self.rest, cost)
            return
        self.hours[hour] = exact.add(self.hours.get(hour, Decimal(0)), cost)
        self.providers.add(row["provider"])

    @property
    def share(self) -> Decimal:
        hourly = exact.total(cost.copy_abs() for cost in self.hours.values())
        whole = exact.add(hourly, self.rest.copy_abs())
        return (hourly / whole).quantize(_PLACES) if whole else Decimal(0)


def _rows(found: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in found.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()


def _service(row: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    return row["billing_currency"], row["provider_name"], row["service_name"]


def _series(kind: Kind, currency: str, values: Mapping[str, str]) -> Series:
    return Series(series_id(kind, currency, values), kind, currency, values)


def _told(
    series: Series, found: _Sum, known: Mapping[str, Reliable], first_day: date
) -> HourlyCost:
    share = found.share
    if not found.hours:
        return HourlyCost(series, share, remark="no line of it is of an hour")
    if not any(found.hours.values()):
        return HourlyCost(series, share, remark="what has hours costs nothing")
    if share < ENOUGH:
        return HourlyCost(series, share, remark=f"only {share * 100:.0f} % of its cost has hours")
    days = _known_days([known[provider] for provider in found.providers], first_day)
    begun = [hour for hour, cost in found.hours.items() if cost and hour.date() in days]
    if not begun:
        return HourlyCost(series, share, remark="no day with cost is complete")
    return _by_hour(series, share, found.hours, days, min(begun))


def _known_days(of: Collection[Reliable], first_day: date) -> frozenset[date]:
    """The days of which enough has arrived from every provider that is waited for."""
    end = common_end(one.last_day for one in of)
    waited_for = [one for one in of if one.last_day >= end]
    left_out = {day for one in waited_for for day in (*one.unusable, *one.early)}
    days = (first_day + number * DAY for number in range((end - first_day).days + 1))
    return frozenset(day for day in days if day not in left_out)


def _by_hour(
    series: Series,
    share: Decimal,
    hours: Mapping[datetime, Decimal],
    days: Collection[date],
    first_hour: datetime,
) -> HourlyCost:
    end = datetime.combine(max(days) + DAY, datetime.min.time(), UTC)
    costs: list[Decimal | None] = []
    absent = negative = large = 0
    for number in range((end - first_hour) // HOUR):
        hour = first_hour + number * HOUR
        cost = hours.get(hour, Decimal(0))
        complete = hour.date() in days
        absent += not complete
        negative += complete and cost < 0
        large += complete and cost >= LARGEST
        costs.append(cost if complete and 0 <= cost < LARGEST else None)
    remarks = {
        "hours of days that are not complete are left out": absent,
        "hours that cost less than nothing are left out": negative,
        f"hours that cost {LARGEST:.0e} or more are left out": large,
    }
    told = "; ".join(f"{count} {words}" for words, count in remarks.items() if count)
    return HourlyCost(series, share, first_hour, tuple(costs), told)
