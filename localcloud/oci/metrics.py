"""Monitoring: planted datapoints, summarized by MQL queries.

Source: https://docs.oracle.com/iaas/api/#/en/monitoring/20180401/ and
https://docs.oracle.com/iaas/Content/Monitoring/Reference/mql.htm
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from localcloud.oci.errors import invalid
from localcloud.oci.state import State, instant, parse_instant

QUERY = re.compile(
    r"^\s*(?P<name>[\w.\-$]+)\s*\[(?P<count>\d+)(?P<unit>[mhd])\]\s*(?:\{(?P<dimensions>.*)\})?"
    r"(?:\.(?:groupBy\((?P<by>[^)]*)\)|(?P<all>grouping\(\))))?"
    r"\.(?P<statistic>mean|max|min|sum|count|percentile)\((?P<argument>[^)]*)\)\s*$"
)
DIMENSION = re.compile(r'\s*(\w+)\s*(=~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
UNIT = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Query:
    """One parsed MQL query; ``by`` None keeps every metric stream apart."""

    name: str
    interval: timedelta
    conditions: tuple[tuple[str, str, str], ...]
    by: tuple[str, ...] | None
    statistic: str
    percentile: float

    def matches(self, dimensions: Mapping[str, str]) -> bool:
        """Whether a metric stream with these dimensions is asked for."""
        return all(_holds(dimensions.get(d, ""), op, v) for d, op, v in self.conditions)

    def value(self, values: Iterable[float]) -> float:
        """The statistic over one interval's values, of which there is at least one."""
        ordered = sorted(values)
        match self.statistic:
            case "mean":
                return math.fsum(ordered) / len(ordered)
            case "max":
                return ordered[-1]
            case "min":
                return ordered[0]
            case "sum":
                return math.fsum(ordered)
            case "count":
                return float(len(ordered))
        return ordered[max(0, math.ceil(self.percentile * len(ordered)) - 1)]


def parse(text: str) -> Query:
    """:raises ApiError: 400 for what is not MQL, or not a part of it that is known here."""
    found = QUERY.match(text)
    if found is None:
        raise invalid(
            f'query: {text!r} is not Metric[interval]{{dimension = "value"}}.statistic() with one '
            "of mean, max, min, sum, count, percentile(p)"
        )
    conditions, rest = [], found["dimensions"] or ""
    while rest:
        one = DIMENSION.match(rest)
        if one is None:
            raise invalid(f'query: {rest!r} is not dimension = "value"')
        conditions.append((one[1], one[2], one[3].replace('\\"', '"')))
        rest = rest[one.end() :]
    percentile = 0.0
    if found["statistic"] == "percentile":
        try:
            percentile = float(found["argument"])
        except ValueError as error:
            raise invalid("query: percentile takes a number from 0 to 1") from error
    elif found["argument"]:
        raise invalid(f"query: {found['statistic']} takes no argument")
    by = tuple(d.strip() for d in found["by"].split(",")) if found["by"] else None
    return Query(
        found["name"],
        int(found["count"]) * UNIT[found["unit"]],
        tuple(conditions),
        () if found["all"] else by,
        found["statistic"],
        percentile,
    )


@dataclass(frozen=True)
class Stream:
    """The datapoints of one metric under one set of dimensions (or of several, summarized)."""

    name: str
    dimensions: dict[str, str]
    points: list[tuple[datetime, float]]


class Metrics:
    """Every planted datapoint."""

    def __init__(self, state: State) -> None:
        self._state = state

    def plant(
        self,
        namespace: str,
        name: str,
        compartment_id: str,
        dimensions: Mapping[str, str],
        points: Iterable[tuple[datetime, float]],
    ) -> None:
        """Datapoints of one stream, in place of earlier ones at the same instants."""
        where = json.dumps(dict(dimensions), sort_keys=True)
        with self._state.write() as db:
            db.executemany(
                "INSERT OR REPLACE INTO datapoint VALUES (?, ?, ?, ?, ?, ?)",
                [(namespace, name, compartment_id, where, instant(t), v) for t, v in points],
            )

    def streams(self, namespace: str | None, compartments: list[str]) -> list[dict[str, str]]:
        """Each stream: its namespace, name, compartment and dimensions (JSON)."""
        return [
            dict(row)
            for row in self._state.rows(
                "SELECT DISTINCT namespace, name, compartment_id, dimensions FROM datapoint"
                " WHERE ? IN (namespace, '') ORDER BY 1, 2, 3, 4",
                namespace or "",
            )
            if row["compartment_id"] in compartments
        ]

    def summarize(
        self, namespace: str, compartment: str, query: Query, start: datetime, end: datetime
    ) -> list[Stream]:
        """One aggregated stream per group, its intervals aligned to the epoch."""
        groups: dict[str, dict[datetime, list[float]]] = {}
        for row in self._state.rows(
            "SELECT * FROM datapoint WHERE namespace = ? AND name = ? AND compartment_id = ?"
            " AND at >= ? AND at < ? ORDER BY at",
            *(namespace, query.name, compartment, instant(start), instant(end)),
        ):
            dimensions = json.loads(row["dimensions"])
            if not query.matches(dimensions):
                continue
            if query.by is not None:
                dimensions = {d: dimensions[d] for d in query.by if d in dimensions}
            at = parse_instant(row["at"])
            slot = at - (at - EPOCH) % query.interval
            group = groups.setdefault(json.dumps(dimensions, sort_keys=True), {})
            group.setdefault(slot, []).append(row["value"])
        return [
            Stream(query.name, json.loads(key), [(t, query.value(v)) for t, v in slots.items()])
            for key, slots in sorted(groups.items())
        ]


def _holds(has: str, operator: str, value: str) -> bool:
    if operator == "=":
        return has == value
    if operator == "!=":
        return has != value
    options = (".*".join(map(re.escape, option.split("*"))) for option in value.split("|"))
    return any(re.fullmatch(option, has) for option in options)
