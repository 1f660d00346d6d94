"""The days that costs are told and compared of: only such of which enough has arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from cloudledger.insights.dimensions import Kind
from cloudledger.insights.series import SeriesSet

RECENT_DAYS = 30
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from ``first_day`` to ``last_day``, both of them in it."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a currency's usage cost.

    :param recent: the last 30 days, or what there is of them.
    :param compared: ``days_30``, the last 30 days after the 30 before, and ``month``, the last
        whole month after the one before; each as the span before and the span after. One of which
        a day is missing or still arriving is left out.
    """

    recent: Span
    compared: Mapping[str, tuple[Span, Span]]

    @property
    def first_day(self) -> date:
        """The first day of any of the spans."""
        return min([self.recent.first_day, *(two[0].first_day for two in self.compared.values())])


def known_spans(known: SeriesSet) -> dict[str, Known]:
    """The spans of each currency that has a total; it ends with the last day that has arrived."""
    found = {}
    for at, one in enumerate(known.series):
        told = np.isfinite(known.costs[at]) & ~known.filling[at]
        if one.kind is Kind.TOTAL and told.any():
            found[one.billing_currency] = _known(told, known.first_day)
    return found


def _known(told: npt.NDArray[np.bool_], start: date) -> Known:
    days = np.flatnonzero(told)
    first, last = start + int(days[0]) * DAY, start + int(days[-1]) * DAY
    recent = Span(max(first, last - (RECENT_DAYS - 1) * DAY), last)

    def whole(span: Span) -> bool:
        place = (span.first_day - start).days
        return place >= 0 and bool(told[place : (span.last_day - start).days + 1].all())

    spans = {"days_30": _days(last), "month": _months(last)}
    return Known(
        recent, {name: two for name, two in spans.items() if whole(two[0]) & whole(two[1])}
    )


def _days(last: date) -> tuple[Span, Span]:
    first = last - (RECENT_DAYS - 1) * DAY
    return Span(first - RECENT_DAYS * DAY, first - DAY), Span(first, last)


def _months(last: date) -> tuple[Span, Span]:
    end = (last + DAY).replace(day=1) - DAY
    middle = end.replace(day=1) - DAY
    return Span(middle.replace(day=1), middle), Span(middle + DAY, end)
