"""What is sent has the shape of CloudEvents 1.0, and fits where it goes."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.alerting import render
from cloudledger.alerting.digest import digest_event
from cloudledger.alerting.event import as_json, first_alerts, incident_event
from cloudledger.alerting.grouping import group
from cloudledger.alerting.webhook import slack_takes
from tests.support.alerts import AT, alert, many, outgoing

# As https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/cloudevents.json says it,
# and what of the specification it leaves out: names of attributes, and no empty ones.
TEXT = {"type": "string", "minLength": 1}
CLOUDEVENTS = {
    "type": "object",
    "required": ["id", "source", "specversion", "type"],
    "properties": {
        "id": TEXT,
        "source": TEXT | {"format": "uri-reference"},
        "specversion": {"const": "1.0"},
        "type": TEXT,
        "datacontenttype": TEXT,
        "dataschema": TEXT | {"pattern": r"^[a-z][a-z0-9+.-]*:"},
        "subject": TEXT,
        "time": TEXT | {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
        "data": {"type": ["object", "string", "number", "array", "boolean", "null"]},
    },
    "patternProperties": {"^[a-z0-9]{1,20}$": {}},
    "additionalProperties": False,
}


def test_an_incident_and_a_digest_are_cloud_events() -> None:
    message = outgoing(alert("1"), alert("2"))
    digest = digest_event([message], source="/test", at=AT)
    for event in (message.event, digest):
        jsonschema.validate(json.loads(as_json(event)), CLOUDEVENTS)
        assert event["correlationid"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**message.event, "correlation_id": "x"}, CLOUDEVENTS)


def test_the_same_turn_has_the_same_id_and_another_one_another() -> None:
    def id_of(**other) -> str:
        (incident,) = group([alert("1"), alert("2", **other)])
        later = AT + timedelta(hours=1)
        return incident_event(incident, source="/test", at=later)["id"]

    same = id_of()
    assert same == outgoing(alert("2"), alert("1")).event["id"]
    changed = [
        id_of(severity="critical"),
        id_of(state="worse"),
        id_of(as_of=AT + timedelta(days=1)),
    ]
    assert len({same, *changed}) == 4


@given(st.integers(0, 40), st.integers(0, 12))
def test_alerts_that_are_left_out_are_counted(most: int, services: int) -> None:
    alerts = [
        alert(str(number), dimensions={"service": str(number % (services + 1))})
        for number in range(30)
    ]
    messages = [outgoing(*incident.alerts) for incident in group(alerts)]
    whole = digest_event(messages, source="/test", at=AT)
    cut = first_alerts(whole, most)
    shown = [one for each in cut["data"]["incidents"] for one in each["alerts"]]
    assert len(shown) == min(most, 30)
    assert cut["data"]["omitted"] == 30 - len(shown)
    listed = [one for each in whole["data"]["incidents"] for one in each["alerts"]]
    assert listed[: len(shown)] == shown


@pytest.mark.parametrize("write", [render.text, render.html, as_json])
def test_no_message_is_larger_than_its_channel_takes(write) -> None:
    event = outgoing(*many(500, text="ä" * 300)).event
    told = render.fitted(event, write, render.within(64 * 1024))
    assert 60 * 1024 < len(told.encode()) <= 64 * 1024
    assert "left out" in told or '"omitted":' in told
    small = outgoing(alert()).event
    assert render.fitted(small, write, render.within(64 * 1024)) == write(small)


def test_what_does_not_fit_at_all_is_said() -> None:
    with pytest.raises(render.TooLarge):
        render.fitted(outgoing(alert()).event, render.text, render.within(10))


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["<script>alert(1)</script>", '"}],', "<!channel> & <@U1>", "{{ 7 * 7 }}", "a\r\nBcc: b@c"]
)


@given(HOSTILE, HOSTILE)
def test_what_an_alert_says_is_data_in_every_template(subject: str, text: str) -> None:
    event = outgoing(alert(subject=subject, text=text, dimensions={"service": text})).event
    assert "\n" not in render.subject(event)
    assert "\r" not in render.subject(event)
    page = render.html(event)
    assert "<script" not in page
    assert page.count("<tr") == 2
    sent = json.loads(render.slack(event))
    assert [block["type"] for block in sent["blocks"]] == ["header", "section", "context"]
    marked = sent["blocks"][1]["text"]["text"]
    assert "<" not in marked
    assert ">" not in marked
    assert not re.search(r"&(?!amp;|lt;|gt;)", marked)
    assert text.strip() in render.text(event)


def test_slack_gets_what_its_blocks_hold() -> None:
    event = outgoing(*many(500, text="&" * 3000, subject="<" * 300)).event
    sent = json.loads(render.fitted(event, render.slack, slack_takes))
    assert len(sent["blocks"]) == 50
    assert "452 of 500 alerts are left out" in sent["blocks"][-1]["elements"][0]["text"]
    assert len(sent["blocks"][0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in sent["blocks"][1:-1])


def test_a_digest_tells_the_last_turn_of_an_incident() -> None:
    fired = outgoing(alert("1"))
    gone = outgoing(alert("1", state="resolved", as_of=AT + timedelta(hours=1)))
    event = digest_event([fired, gone], source="/test", at=AT)
    assert [one["state"] for one in event["data"]["incidents"]] == ["resolved"]
    assert event["subject"] == "Digest: 0 open, 1 resolved"
