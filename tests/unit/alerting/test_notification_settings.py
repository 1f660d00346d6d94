"""The section ``notifications`` of the governance file."""

from __future__ import annotations

from datetime import time
from itertools import takewhile

import pytest
import yaml
from pydantic import ValidationError

from cloudledger.alerting.config import Notifications, Route
from cloudledger.project import PROJECT
from tests.support.alerts import alert

MAIL = "{name: mail, kind: email, conn_id: smtp, target: finops@example.com}"


def section(text: str) -> Notifications:
    return Notifications.model_validate(yaml.safe_load(text))


def test_hours_are_read_with_quotes_and_without() -> None:
    for written in ("20:00", '"20:00"'):
        (channel,) = section(
            f"channels: [{{name: a, kind: slack, conn_id: s, "
            f"quiet_hours: {{from: {written}, to: 07:30}}}}]"
        ).channels
        assert channel.quiet_hours is not None
        assert channel.quiet_hours.start == time(20)
        assert channel.quiet_hours.end == time(7, 30)


def test_one_address_is_a_list_of_one() -> None:
    assert section(f"channels: [{MAIL}]").channels[0].target == ("finops@example.com",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("channels: [{name: a, kind: email, conn_id: s}]", "needs addresses"),
        ("channels: [{name: a, kind: sns, conn_id: s}]", "exactly one target"),
        ("channels: [{name: a, kind: slack, conn_id: s, target: t}]", "takes no target"),
        ("channels: [{name: a, kind: pigeon, conn_id: s}]", "Input should be"),
        (f"channels: [{MAIL}, {MAIL}]", "given twice"),
        ("routes: [{channels: [ops]}]", "route names ops"),
        (f"{{channels: [{MAIL}], timezone: Mars/Base}}", "no time zone"),
        (
            "channels: [{name: a, kind: slack, conn_id: s, digest_hour: 6, "
            "quiet_hours: {from: '20:00', to: '07:00'}}]",
            "digest_hour is one of its quiet hours",
        ),
        (
            "channels: [{name: a, kind: slack, conn_id: s, "
            "quiet_hours: {from: '20:00', to: '20:00'}}]",
            "never be loud",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        section(text)


@pytest.mark.parametrize(
    ("route", "takes"),
    [
        ({}, True),
        ({"severity": "high"}, True),
        ({"severity": "critical"}, False),
        ({"kinds": "budget_actual"}, True),
        ({"kinds": ["anomaly"]}, False),
        ({"owners": "shop"}, True),
        ({"owners": "lab"}, False),
        ({"accounts": "sub"}, True),
        ({"accounts": ["main", "x"]}, True),
        ({"accounts": "x"}, False),
        ({"tags": {"cost_center": ["CC-101"]}}, True),
        ({"tags": {"cost_center": "CC-102"}}, False),
        ({"severity": "high", "kinds": "anomaly"}, False),
    ],
)
def test_a_route_takes_what_meets_all_of_it(route: dict, takes: bool) -> None:
    one = alert(
        dimensions={
            "account": "main",
            "sub_account": "sub",
            "tag:owner": "shop",
            "tag:cost_center": "CC-101",
        }
    )
    assert Route.model_validate({"channels": "c", **route}).takes(one) is takes


def test_channels_come_once_and_in_the_settings_order() -> None:
    notifications = section(
        f"{{channels: [{MAIL}, {{name: chat, kind: slack, conn_id: s}}], routes: ["
        "{channels: [chat, mail]}, {channels: mail, severity: high}]}"
    )
    assert [one.name for one in notifications.channels_for((alert(),))] == ["mail", "chat"]


def test_the_examples_of_the_settings_file_can_be_meant() -> None:
    lines = (PROJECT / "config" / "governance.yaml").read_text(encoding="utf-8").splitlines()
    section_lines = takewhile(bool, lines[lines.index("notifications:") :])
    told = [
        line.replace("#", "", 1) if line.startswith("#") else line.replace("[]", "")
        for line in section_lines
    ]
    section = Notifications.model_validate(yaml.safe_load("\n".join(told))["notifications"])
    assert {one.kind for one in section.channels} >= {"email", "slack", "webhook", "eventbridge"}
    assert len(section.routes) == 4
