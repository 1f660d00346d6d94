"""How much the CPUs of EC2 instances were used, day by day.

Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from cloudledger.clouds.aws.told import told

READ = "cloudwatch:GetMetricData"
MOST_QUERIES = 500
"""Of a call."""

DAY_SECONDS = 86_400


def daily_cpu(
    client: Any, targets: Sequence[str], first_day: date, end_day: date
) -> dict[str, list[float]]:
    """By instance the means of the UTC days of [``first_day``, ``end_day``) that have any, in
    percent.

    :param client: a boto3 ``cloudwatch`` client that retries.
    :raises NotAllowed, AccountUnavailable, AccountError:
    """
    used: dict[str, list[float]] = {}
    for start in range(0, len(targets), MOST_QUERIES):
        asked = targets[start : start + MOST_QUERIES]
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[_query(place, target) for place, target in enumerate(asked)],
            StartTime=datetime.combine(first_day, time(), UTC),
            EndTime=datetime.combine(end_day, time(), UTC),
        )
        with told("metrics of instances", READ):
            for page in pages:
                for result in page["MetricDataResults"]:
                    target = asked[int(result["Id"].removeprefix("m"))]
                    used.setdefault(target, []).extend(result["Values"])
    return used


def _query(place: int, target: str) -> dict[str, Any]:
    return {
        "Id": f"m{place}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/EC2",
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": target}],
            },
            "Period": DAY_SECONDS,
            "Stat": "Average",
        },
    }
