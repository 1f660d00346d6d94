"""Cost Explorer from loaded cost rows: what was spent, and what will be."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from statistics import NormalDist, stdev
from typing import Any

from localcloud.aws.cost_rows import CostRow, Costs
from localcloud.aws.errors import ServiceError

_HISTORY = 56
_LEAST_HISTORY = 14
_DAY = timedelta(days=1)
_MOST_GROUPINGS = 2
_PAGE_GROUPS = 500
_TOKEN = "groups-from-"
_METRICS = {
    "AmortizedCost": "AMORTIZED_COST",
    "BlendedCost": "BLENDED_COST",
    "NetAmortizedCost": "NET_AMORTIZED_COST",
    "NetUnblendedCost": "NET_UNBLENDED_COST",
    "NormalizedUsageAmount": "NORMALIZED_USAGE_AMOUNT",
    "UnblendedCost": "UNBLENDED_COST",
    "UsageQuantity": "USAGE_QUANTITY",
}
_QUANTITIES = {"NORMALIZED_USAGE_AMOUNT", "USAGE_QUANTITY"}
"""The rows hold no unit of usage: their quantities are told as those of mixed units are."""

_DECIMALS = Decimal("1E-10")
_GROUPS = {"DIMENSION": "dimensions", "TAG": "tags", "COST_CATEGORY": "cost_categories"}


def operations(costs: Costs) -> dict[tuple[str, str], Callable[..., dict[str, Any]]]:
    """The operations answered from ``costs``."""
    return {
        ("ce", "GetCostForecast"): lambda parameters, _: cost_forecast(costs, parameters),
        ("ce", "GetCostAndUsage"): lambda parameters, _: cost_and_usage(costs, parameters),
    }


def cost_forecast(costs: Costs, parameters: dict[str, Any]) -> dict[str, Any]:
    """GetCostForecast: each day to come costs what its weekday cost on average lately.

    The last 56 days of the rows are the history, their last day is "today"; the interval is
    that of independent normal days with the history's deviation from its weekday averages.
    """
    metric = parameters["Metric"]
    rows = costs.chosen(parameters.get("Filter"))
    history = _history(rows, metric)
    start, end = _interval(parameters["TimePeriod"])
    today = max(history)
    if start < today:
        raise ServiceError(
            "ValidationException", f"Start date {start} should be on or after today, {today}."
        )
    by_weekday: dict[int, list[Decimal]] = defaultdict(list)
    for day, amount in history.items():
        by_weekday[day.weekday()].append(amount)
    expected = {weekday: sum(a, Decimal(0)) / len(a) for weekday, a in by_weekday.items()}
    spread = stdev(amount - expected[day.weekday()] for day, amount in history.items())
    level = parameters.get("PredictionIntervalLevel")
    results, total = [], Decimal(0)
    for first, after in _buckets(start, end, parameters["Granularity"]):
        mean = sum((expected[day.weekday()] for day in _days(first, after)), Decimal(0))
        total += mean
        result: dict[str, Any] = {"TimePeriod": _period(first, after), "MeanValue": _text(mean)}
        if level is not None:
            z = Decimal(repr(NormalDist().inv_cdf(0.5 + level / 200)))
            margin = z * spread * Decimal((after - first).days).sqrt()
            result["PredictionIntervalLowerBound"] = _text(mean - margin)
            result["PredictionIntervalUpperBound"] = _text(mean + margin)
        results.append(result)
    return {"Total": _value(total, rows), "ForecastResultsByTime": results}


def cost_and_usage(costs: Costs, parameters: dict[str, Any]) -> dict[str, Any]:
    """GetCostAndUsage: sums per day or month, of all or by up to two keys, in pages of groups."""
    rows = costs.chosen(parameters.get("Filter"))
    start, end = _interval(parameters["TimePeriod"])
    metrics = {name: _METRICS.get(name, name) for name in parameters["Metrics"]}
    if unknown := set(metrics.values()) - set(_METRICS.values()):
        raise ServiceError("ValidationException", f"No such metric: {', '.join(sorted(unknown))}.")
    groups = parameters.get("GroupBy", [])
    if len(groups) > _MOST_GROUPINGS:
        raise ServiceError("ValidationException", "At most two keys to group by.")
    results = []
    for first, after in _buckets(start, end, parameters["Granularity"]):
        within = [row for row in rows if first <= row.day < after]
        result: dict[str, Any] = {
            "TimePeriod": _period(first, after),
            "Total": {} if groups else _sums(within, metrics, rows),
            "Groups": [],
            "Estimated": False,
        }
        if groups:
            split: dict[tuple[str, ...], list[CostRow]] = defaultdict(list)
            for row in within:
                split[tuple(_group_key(row, group) for group in groups)].append(row)
            result["Groups"] = [
                {"Keys": list(keys), "Metrics": _sums(split[keys], metrics, rows)}
                for keys in sorted(split)
            ]
        results.append(result)
    page, after_page = _page(results, parameters.get("NextPageToken"))
    answer = {"ResultsByTime": page, "DimensionValueAttributes": []} | after_page
    return answer | ({"GroupDefinitions": groups} if groups else {})


def _page(
    results: list[dict[str, Any]], token: str | None
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The page that the token stands for; a day whose groups do not fit goes on in the next."""
    if token is not None and not (token.startswith(_TOKEN) and token[len(_TOKEN) :].isdigit()):
        raise ServiceError("InvalidNextTokenException", "The pagination token is invalid.")
    first = int(token[len(_TOKEN) :]) if token else 0
    page, passed = [], 0
    for result in results:
        groups = result["Groups"]
        kept = groups[max(0, first - passed) : max(0, first + _PAGE_GROUPS - passed)]
        if kept or (not groups and first <= passed < first + _PAGE_GROUPS):
            page.append(result | {"Groups": kept})
        passed += len(groups) or 1
    more = passed > first + _PAGE_GROUPS
    return page, {"NextPageToken": f"{_TOKEN}{first + _PAGE_GROUPS}"} if more else {}


def _history(rows: list[CostRow], metric: str) -> dict[date, Decimal]:
    """Total per day of the last days, days without a row being 0."""
    totals: dict[date, Decimal] = defaultdict(Decimal)
    for row in rows:
        totals[row.day] += row.metrics.get(metric, Decimal(0))
    days = list(_days(min(totals), max(totals) + _DAY))[-_HISTORY:] if totals else []
    if len(days) < _LEAST_HISTORY:
        raise ServiceError(
            "DataUnavailableException", "Insufficient amount of historical data for a forecast."
        )
    return {day: totals[day] for day in days}


def _sums(rows: list[CostRow], metrics: dict[str, str], unit_of: list[CostRow]) -> dict[str, Any]:
    return {
        name: _value(sum((r.metrics.get(metric, Decimal(0)) for r in rows), Decimal(0)), unit_of)
        | ({"Unit": "N/A"} if metric in _QUANTITIES else {})
        for name, metric in metrics.items()
    }


def _group_key(row: CostRow, group: dict[str, str]) -> str:
    if group.get("Type") not in _GROUPS:
        raise ServiceError("ValidationException", f"Cannot group by {group.get('Type')}.")
    key = group.get("Key", "")
    value: str = getattr(row, _GROUPS[group["Type"]]).get(key, "")
    return value if group["Type"] == "DIMENSION" else f"{key}${value}"


def _interval(period: dict[str, str]) -> tuple[date, date]:
    start, end = (date.fromisoformat(period[name][:10]) for name in ("Start", "End"))
    if start >= end:
        raise ServiceError("ValidationException", "Start date (and hour) should be before end.")
    return start, end


def _buckets(start: date, end: date, granularity: str) -> Iterator[tuple[date, date]]:
    if granularity == "HOURLY":
        raise ServiceError("ValidationException", "The local rows are daily: no HOURLY.")
    first = start
    while first < end:
        days = calendar.monthrange(first.year, first.month)[1] - first.day + 1
        after = min(end, first + (_DAY if granularity == "DAILY" else _DAY * days))
        yield first, after
        first = after


def _days(first: date, after: date) -> Iterator[date]:
    return (first + _DAY * number for number in range((after - first).days))


def _period(first: date, after: date) -> dict[str, str]:
    return {"Start": first.isoformat(), "End": after.isoformat()}


def _value(amount: Decimal, rows: list[CostRow]) -> dict[str, str]:
    return {"Amount": _text(amount), "Unit": rows[0].unit if rows else "USD"}


def _text(amount: Decimal) -> str:
    return format(amount if round(amount, 10) == amount else amount.quantize(_DECIMALS), "f")
