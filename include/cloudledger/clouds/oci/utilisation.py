"""How much the CPUs of a compartment's instances were used, day by day.

The agent on an instance tells it; one that has none, or is stopped, has no metric.

Source: https://docs.oracle.com/iaas/Content/Compute/References/computemetrics.htm
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from oci.monitoring import models

from cloudledger.clouds.oci.told import told

READ = "allow group <group> to read metrics in compartment <compartment>"
NAMESPACE = "oci_computeagent"
QUERY = "CpuUtilization[1d].groupBy(resourceId).mean()"
RESOURCE = "resourceId"


def daily_cpu(
    client: Any, compartments: Iterable[str], first_day: date, end_day: date
) -> dict[str, list[float]]:
    """By OCID the means of the UTC days of [``first_day``, ``end_day``) that have any, in percent.

    :param client: an ``oci.monitoring.MonitoringClient`` that retries.
    :raises NotAllowed, AccountUnavailable, AccountError:
    """
    asked = models.SummarizeMetricsDataDetails(
        namespace=NAMESPACE,
        query=QUERY,
        start_time=datetime.combine(first_day, time(), UTC),
        end_time=datetime.combine(end_day, time(), UTC),
    )
    used: dict[str, list[float]] = {}
    for compartment in compartments:
        with told(f"metrics of {compartment}", READ):
            streams = client.summarize_metrics_data(compartment, asked).data
        for stream in streams:
            values = [point.value for point in stream.aggregated_datapoints]
            used.setdefault(stream.dimensions.get(RESOURCE, ""), []).extend(values)
    return used
