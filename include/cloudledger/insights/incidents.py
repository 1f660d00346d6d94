"""Events that show one incident in several series: which one stands for it.

What happens in one service of one account shows in the total, in the provider, in the region and
in the tags, too. It is told once, where it is narrowest; the others are part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudledger.insights.dimensions import COLUMNS, Kind, Series
from cloudledger.insights.events import Event

EXPLAINED = 0.4
"""The share of an event's excess that narrower ones must come to for it to be part of them."""

NARROWEST_FIRST = (
    Kind.SERVICE_SUB_ACCOUNT,
    Kind.SERVICE,
    Kind.SUB_ACCOUNT,
    Kind.TAG,
    Kind.REGION,
    Kind.PROVIDER,
    Kind.TOTAL,
)


def parts_of(events: Iterable[Event], series: Mapping[str, Series]) -> dict[str, str]:
    """By event that shows another one again the event that it is part of.

    :param series: by id, of every event.
    """
    order = {kind: place for place, kind in enumerate(NARROWEST_FIRST)}
    standing: list[Event] = []
    parts: dict[str, str] = {}
    for event in sorted(
        events,
        key=lambda one: (order[series[one.series_id].kind], -abs(one.excess), one.event_id),
    ):
        same = [other for other in standing if _may_share(event, other, series)]
        told = sum(other.excess for other in same)
        if same and abs(told) >= EXPLAINED * abs(event.excess):
            parts[event.event_id] = max(same, key=lambda other: abs(other.excess)).event_id
        else:
            standing.append(event)
    return parts


def _may_share(event: Event, other: Event, series: Mapping[str, Series]) -> bool:
    overlap = event.start <= other.end and other.start <= event.end
    return (
        overlap
        and event.excess * other.excess > 0
        and _same_lines(series[event.series_id], series[other.series_id])
    )


def _same_lines(one: Series, other: Series) -> bool:
    """Whether some line may be in both series: no column says one thing here, another there."""
    if one.billing_currency != other.billing_currency:
        return False
    if one.kind is Kind.TAG and other.kind is Kind.TAG:
        same_key = one.values["tag_key"] == other.values["tag_key"]
        return not same_key or one.values == other.values
    both = set(COLUMNS.get(one.kind, ())) & set(COLUMNS.get(other.kind, ()))
    return all(one.values.get(name) == other.values.get(name) for name in both)
