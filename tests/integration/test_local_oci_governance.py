"""Budgets, metrics and notifications of the local OCI, as the SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import oci
import pytest

from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import TENANCY
from localcloud.oci.server import serve
from tests.support.local_oci import FIRST, assert_whole, raw, refused, sdk


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("oci")) as cloud:
        yield cloud


@pytest.fixture
def budgets(cloud: Cloud) -> Any:
    return sdk(oci.budget.BudgetClient, cloud)


def budget(name: str, **other: Any) -> Any:
    values = {
        "compartment_id": TENANCY,
        "target_type": "COMPARTMENT",
        "targets": ["c1"],
        "amount": 100,
        "reset_period": "MONTHLY",
        "display_name": name,
    }
    return oci.budget.models.CreateBudgetDetails(**values | other)


def test_budgets_are_made_once_listed_changed_and_deleted(budgets: Any) -> None:
    made = budgets.create_budget(budget("b1"), opc_retry_token="t1")
    again = budgets.create_budget(budget("b1"), opc_retry_token="t1")
    assert again.data.id == made.data.id
    refused(409, "InvalidatedRetryToken", budgets.create_budget, budget("b2"), opc_retry_token="t1")
    tagged = budgets.create_budget(budget("b1", target_type="TAG", targets=["F.cc.42"])).data

    def names(**options: Any) -> list[str]:
        found = oci.pagination.list_call_get_all_results(
            budgets.list_budgets, TENANCY, limit=1, **options
        )
        return [b.id for b in found.data]

    assert names(target_type="ALL", display_name="b1") == [made.data.id, tagged.id]
    assert names(target_type="TAG", display_name="b1") == [tagged.id]
    assert names(display_name="none") == []

    change = oci.budget.models.UpdateBudgetDetails(amount=250)
    etag = made.headers["etag"]
    changed = budgets.update_budget(made.data.id, change, if_match=etag)
    assert (changed.data.amount, changed.data.version, changed.data.targets) == (250, 2, ["c1"])
    assert budgets.get_budget(made.data.id).headers["etag"] == changed.headers["etag"] != etag
    refused(412, "NoEtagMatch", budgets.update_budget, made.data.id, change, if_match=etag)
    refused(412, "NoEtagMatch", budgets.delete_budget, made.data.id, if_match=etag)
    budgets.delete_budget(made.data.id, if_match=changed.headers["etag"])
    refused(404, "NotAuthorizedOrNotFound", budgets.get_budget, made.data.id)
    refused(409, "InvalidatedRetryToken", budgets.create_budget, budget("b1"), opc_retry_token="t1")


def test_alert_rules_belong_to_their_budget(budgets: Any) -> None:
    models = oci.budget.models
    owner, other = (budgets.create_budget(budget(n)).data.id for n in ("owner", "other"))
    details = models.CreateAlertRuleDetails(
        type="FORECAST", threshold=90, threshold_type="PERCENTAGE", recipients="a@b.c,d@e.f"
    )
    made = budgets.create_alert_rule(owner, details, opc_retry_token="rule")
    assert budgets.create_alert_rule(owner, details, opc_retry_token="rule").data.id == made.data.id
    assert budgets.get_budget(owner).data.alert_rule_count == 1
    assert [r.id for r in budgets.list_alert_rules(owner).data] == [made.data.id]
    for answer in (
        made.data,
        budgets.get_budget(owner).data,
        *budgets.list_alert_rules(owner).data,
    ):
        assert_whole(answer)
    assert budgets.list_alert_rules(other).data == []
    refused(404, "NotAuthorizedOrNotFound", budgets.get_alert_rule, other, made.data.id)
    change = models.UpdateAlertRuleDetails(threshold=80)
    changed = budgets.update_alert_rule(
        owner, made.data.id, change, if_match=made.headers["etag"]
    ).data
    assert (changed.threshold, changed.type, changed.recipients) == (80, "FORECAST", "a@b.c,d@e.f")
    incomplete = {"type": "ACTUAL", "threshold": 1}
    path = f"/budgets/{owner}/alertRules"
    refused(400, "MissingParameter", raw, budgets, "POST", path, incomplete)
    budgets.delete_budget(owner)
    refused(404, "NotAuthorizedOrNotFound", budgets.list_alert_rules, owner)


def test_metrics_are_summarized_by_query(cloud: Cloud) -> None:
    client = sdk(oci.monitoring.MonitoringClient, cloud)
    for machine, base in (("i1", 10.0), ("i2", 50.0)):
        cloud.metrics.plant(
            *("oci_computeagent", "CpuUtilization", "c1", {"resourceId": machine, "shape": "E4"}),
            [(FIRST + timedelta(hours=6 * n), base + n) for n in range(8)],
        )

    def ask_for(query: str) -> list[tuple[dict[str, str], list[float]]]:
        details = oci.monitoring.models.SummarizeMetricsDataDetails(
            namespace="oci_computeagent",
            query=query,
            start_time=FIRST,
            end_time=FIRST + timedelta(days=2),
        )
        return [
            (m.dimensions, [p.value for p in m.aggregated_datapoints])
            for m in client.summarize_metrics_data("c1", details).data
        ]

    both = ask_for("CpuUtilization[1d].mean()")
    assert [values for _, values in both] == [[11.5, 15.5], [51.5, 55.5]]
    one = ask_for('CpuUtilization[1d]{resourceId = "i2"}.max()')
    assert one == [({"resourceId": "i2", "shape": "E4"}, [53.0, 57.0])]
    grouped = ask_for('CpuUtilization[1d]{resourceId =~ "i*", shape != "E5"}.groupBy(shape).min()')
    assert grouped == [({"shape": "E4"}, [10.0, 14.0])]
    assert ask_for("CpuUtilization[1d].grouping().percentile(0.5)") == [({}, [13.0, 17.0])]
    assert ask_for("MemoryUtilization[1d].mean()") == []
    for wrong in (
        "CpuUtilization.mean()",
        "CpuUtilization[1d] where x",
        "CpuUtilization[1d].avg()",
    ):
        refused(400, "InvalidParameter", ask_for, wrong)
    listed = client.list_metrics(
        "c1", oci.monitoring.models.ListMetricsDetails(dimension_filters={"resourceId": "i1"})
    ).data
    details = oci.monitoring.models.SummarizeMetricsDataDetails(
        namespace="oci_computeagent",
        query="CpuUtilization[1h].count()",
        start_time=FIRST,
        end_time=FIRST + timedelta(hours=1),
    )
    for stream in client.summarize_metrics_data("c1", details).data:
        assert_whole(stream)
        assert_whole(stream.aggregated_datapoints[0])
    assert [(m.name, m.dimensions["resourceId"]) for m in listed] == [("CpuUtilization", "i1")]


def test_messages_are_published_up_to_64_kb(cloud: Cloud) -> None:
    topic = cloud.make_topic("finops")
    control = sdk(oci.ons.NotificationControlPlaneClient, cloud)
    data = sdk(oci.ons.NotificationDataPlaneClient, cloud)
    assert control.get_topic(topic).data.api_endpoint == cloud.endpoint
    assert [t.topic_id for t in control.list_topics(TENANCY, name="finops").data] == [topic]
    assert_whole(control.get_topic(topic).data)
    message = oci.ons.models.MessageDetails
    sent = data.publish_message(topic, message(title="Over budget", body="by 4 EUR")).data
    (kept,) = cloud.notifications.messages(topic)
    assert (kept.id, kept.title, kept.body) == (sent.message_id, "Over budget", "by 4 EUR")
    data.publish_message(topic, message(body="x" * 65_536))
    refused(413, "PayloadTooLarge", data.publish_message, topic, message(body="x" * 65_537))
    refused(400, "MissingParameter", data.publish_message, topic, message(title="no body"))
    refused(404, "NotAuthorizedOrNotFound", data.publish_message, topic + "x", message(body="x"))
