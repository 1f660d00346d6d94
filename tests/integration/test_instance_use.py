"""How much CPUs were used, as OCI Monitoring and CloudWatch tell it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import boto3
import oci
import pytest
from botocore.stub import Stubber

from cloudledger.clouds.aws import utilisation as of_aws
from cloudledger.clouds.oci import utilisation as of_oci
from cloudledger.governance.change import AccountUnavailable, NotAllowed
from localcloud.oci.server import serve
from tests.support.local_oci import sdk

DEV, OPS = "ocid1.compartment.oc1..dev", "ocid1.compartment.oc1..ops"
FIRST, END = date(2026, 3, 10), date(2026, 3, 13)
BEGIN = datetime(2026, 3, 10, tzinfo=UTC)


def test_oci_tells_the_means_of_whole_days(tmp_path: Path) -> None:
    with serve(tmp_path) as cloud:
        for compartment, target, values in (
            (DEV, "a", [0.0, 4.0] * 72),
            (DEV, "b", [50.0] * 24),
            (OPS, "c", [1.0] * 72),
        ):
            points = [(BEGIN + timedelta(hours=n), value) for n, value in enumerate(values)]
            earlier = [(BEGIN - timedelta(hours=1), 99.0)]
            cloud.metrics.plant(
                "oci_computeagent",
                "CpuUtilization",
                compartment,
                {"resourceId": target, "shape": "VM"},
                [*earlier, *points],
            )
        client = sdk(oci.monitoring.MonitoringClient, cloud)
        used = of_oci.daily_cpu(client, [DEV, OPS], FIRST, END)
        assert used == {"a": [2.0] * 3, "b": [50.0], "c": [1.0] * 3}
        cloud.faults.deny(path="summarizeMetricsData")
        with pytest.raises(NotAllowed, match="read metrics"):
            of_oci.daily_cpu(client, [DEV], FIRST, END)
        cloud.faults.throttle(path="summarizeMetricsData")
        with pytest.raises(AccountUnavailable):
            of_oci.daily_cpu(client, [DEV], FIRST, END)


def test_cloudwatch_is_asked_as_its_model_has_it_and_over_pages() -> None:
    client = boto3.client(
        "cloudwatch", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    targets = [f"i-{n:017x}" for n in range(501)]
    with Stubber(client) as stub:
        stub.add_response(
            "get_metric_data",
            {
                "MetricDataResults": [{"Id": "m0", "Values": [1.5], "StatusCode": "PartialData"}],
                "NextToken": "more",
            },
        )
        stub.add_response(
            "get_metric_data",
            {"MetricDataResults": [{"Id": "m0", "Values": [2.5]}, {"Id": "m1", "Values": []}]},
        )
        stub.add_response("get_metric_data", {"MetricDataResults": [{"Id": "m0", "Values": [7.0]}]})
        used = of_aws.daily_cpu(client, targets, FIRST, END)
        stub.assert_no_pending_responses()
        assert used == {targets[0]: [1.5, 2.5], targets[1]: [], targets[500]: [7.0]}
        stub.add_client_error("get_metric_data", "AccessDenied", http_status_code=403)
        with pytest.raises(NotAllowed, match="cloudwatch:GetMetricData"):
            of_aws.daily_cpu(client, targets[:1], FIRST, END)
