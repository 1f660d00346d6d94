"""Webhooks are posted to once an event; what they answer decides whether they are asked again."""

from __future__ import annotations

import hmac
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from cloudledger.alerting.channel import SENT, Channel, Outcome
from cloudledger.alerting.webhook import SlackWebhook, Webhook, signature
from tests.support.alerts import AT, alert, outgoing
from tests.support.web_server import WebServer, web_server

DOCS = Path(__file__).resolve().parents[2] / "docs" / "notifications.md"
SECRET = "shared with the receiver"


@pytest.fixture
def server():
    with web_server() as running:
        yield running


def channels(server: WebServer) -> list[Channel]:
    return [Webhook(server.url, SECRET, timeout=0.5), SlackWebhook(server.url, timeout=0.5)]


def test_an_event_is_posted_as_a_cloud_event(server: WebServer) -> None:
    message = outgoing(alert())
    assert Webhook(f"{server.url}?tenant=1", SECRET).send([message], AT) == [SENT]
    (posted,) = server.posted
    assert posted.path == "/hook?tenant=1"
    assert posted.headers["Content-Type"].startswith("application/cloudevents+json")
    assert posted.headers["X-Cloudledger-Notification"] == message.notification_id
    assert json.loads(posted.body) == message.event


def test_the_receiver_of_the_docs_knows_who_sent_it(server: WebServer) -> None:
    documented: dict = {}
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    exec(code, documented)
    Webhook(server.url, SECRET).send([outgoing(alert())], AT)
    (posted,) = server.posted
    now = AT.timestamp()

    def known(body=posted.body, secret=SECRET, at=now, **headers) -> bool:
        return documented["is_from_cloudledger"](posted.headers | headers, body, secret, at)

    assert known()
    assert known(at=now + 299)
    assert not known(body=posted.body.replace(b"high", b"low "))
    assert not known(secret="another")
    assert not known(at=now + 301)
    assert not known(at=now - 301)
    later = {"X-Cloudledger-Timestamp": str(int(now) + 600)}
    assert not known(at=now + 600, **later), "an old request does not become a new one"
    assert not known(**{"X-Cloudledger-Timestamp": "soon"})
    assert "compare_digest" in code


def test_the_signature_is_the_standard_one() -> None:
    made = hmac.new(SECRET.encode(), b"1.{}", "sha256").hexdigest()
    assert signature(SECRET, "1", b"{}") == made


def test_slack_is_posted_its_blocks(server: WebServer) -> None:
    assert SlackWebhook(server.url).send([outgoing(alert())], AT) == [SENT]
    (posted,) = server.posted
    assert json.loads(posted.body)["blocks"][0]["type"] == "header"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (200, Outcome.SENT),
        (204, Outcome.SENT),
        (302, Outcome.REFUSED),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (410, Outcome.REFUSED),
        (408, Outcome.UNAVAILABLE),
        (429, Outcome.UNAVAILABLE),
        (500, Outcome.UNAVAILABLE),
        (503, Outcome.UNAVAILABLE),
        ("hang up", Outcome.UNAVAILABLE),
        ("hang", Outcome.UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_what_it_answers_decides(server: WebServer, answer, outcome: Outcome, which: int) -> None:
    server.answers = [answer]
    (ended,) = channels(server)[which].send([outgoing(alert())], AT)
    assert ended.outcome is outcome
    assert len(server.posted) == 1
    if isinstance(answer, int) and answer >= 300:
        assert str(answer) in ended.told
    assert "/hook" not in ended.told, "a webhook's path may be its secret"


def test_a_throttled_channel_says_when_to_come_back(server: WebServer) -> None:
    server.answers = [(429, {"Retry-After": "90"}), (429, {"Retry-After": "Fri, 31 Dec 1999"})]
    ended = [channels(server)[0].send([outgoing(alert())], AT)[0] for _ in range(2)]
    assert [one.after for one in ended] == [timedelta(seconds=90), None]


def test_a_server_that_is_not_there_may_come_back() -> None:
    with web_server() as server:
        gone = channels(server)
    for channel in gone:
        (ended,) = channel.send([outgoing(alert())], AT)
        assert ended.outcome is Outcome.UNAVAILABLE


def test_secrets_are_not_shown(server: WebServer) -> None:
    for channel in channels(server):
        assert SECRET not in repr(channel)
    assert "/hook" not in repr(SlackWebhook(server.url))
