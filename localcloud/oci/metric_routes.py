"""Monitoring over HTTP: summarizeMetricsData and listMetrics."""

from __future__ import annotations

import json
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.errors import invalid, missing
from localcloud.oci.metrics import Metrics, parse
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant, parse_instant
from oci.monitoring import models

ACTIONS = "/20180401/metrics/actions/"


class MetricRoutes:
    """The operations on ``/20180401/metrics/actions``."""

    def __init__(self, state: State, metrics: Metrics) -> None:
        self._state = state
        self._metrics = metrics

    @property
    def routes(self) -> list[Route]:
        return [
            Route(ACTIONS + "summarizeMetricsData", self.summarize_metrics_data, methods=["POST"]),
            Route(ACTIONS + "listMetrics", self.list_metrics, methods=["POST"]),
        ]

    def summarize_metrics_data(self, request: Request) -> Response:
        details = body_of(request, models.SummarizeMetricsDataDetails)
        compartment = _compartment(request)
        now = self._state.clock()
        end = parse_instant(details["endTime"]) if "endTime" in details else now
        start = (
            parse_instant(details["startTime"])
            if "startTime" in details
            else end - timedelta(hours=3)
        )
        if end <= start:
            raise invalid("endTime must be later than startTime")
        query = parse(details["query"])
        return JSONResponse(
            [
                {
                    "namespace": details["namespace"],
                    "compartmentId": compartment,
                    "name": stream.name,
                    "dimensions": stream.dimensions,
                    "metadata": {},
                    "aggregatedDatapoints": [
                        {"timestamp": instant(at), "value": value} for at, value in stream.points
                    ],
                }
                for stream in self._metrics.summarize(
                    details["namespace"], compartment, query, start, end
                )
            ]
        )

    def list_metrics(self, request: Request) -> Response:
        details = body_of(request, models.ListMetricsDetails)
        filters = details.get("dimensionFilters", {}).items()
        found = [
            {
                "namespace": stream["namespace"],
                "name": stream["name"],
                "compartmentId": stream["compartment_id"],
                "dimensions": json.loads(stream["dimensions"]),
            }
            for stream in self._metrics.streams(details.get("namespace"), [_compartment(request)])
            if details.get("name") in (None, stream["name"])
            and filters <= json.loads(stream["dimensions"]).items()
        ]
        page = page_of(found, request)
        return JSONResponse(page.items, headers=page.headers)


def _compartment(request: Request) -> str:
    compartment = request.query_params.get("compartmentId")
    if not compartment:
        raise missing("compartmentId is required")
    return compartment
