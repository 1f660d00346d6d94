"""Topics and buses of both local clouds take events; refusals are told from throttling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen

import boto3
import oci
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from cloudledger.alerting.channel import SENT, Outcome
from cloudledger.alerting.outbox import Message
from cloudledger.clouds.aws.notify import EventBus, SnsTopic
from cloudledger.clouds.oci.notify import OciTopic
from localcloud.aws.cloud import Cloud as AwsCloud
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.identity import new_key
from localcloud.oci.server import serve as serve_oci
from tests.support.alerts import AT, alert, many, outgoing
from tests.support.local_oci import QUICK, sdk

LARGE = outgoing(*many(900, text="ä" * 900, subject="Größe\n\x07 prod"))


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsCloud]:
    with serve_aws() as running:
        yield running


@pytest.fixture(scope="module")
def tenancy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OciCloud]:
    with serve_oci(tmp_path_factory.mktemp("oci")) as running:
        yield running


@pytest.fixture
def client(aws: AwsCloud) -> Any:
    aws.faults.clear()
    urlopen(Request(f"{aws.endpoint}/moto-api/reset", b"", method="POST")).close()

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=aws.endpoint,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


@pytest.fixture
def received(client: Any) -> Any:
    """Makes a topic; what its queue was sent."""

    def received(name: str, **attributes: str) -> tuple[str, Any]:
        topic = client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
        sqs = client("sqs")
        fifo = {"FifoQueue": "true"} if attributes else {}
        queue = sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        endpoint = arn["Attributes"]["QueueArn"]
        client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)

        def found() -> list[dict[str, Any]]:
            messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            return [json.loads(one["Body"]) for one in messages.get("Messages", ())]

        return topic, found

    return received


def test_a_topics_subscribers_get_the_event(client: Any, received: Any) -> None:
    topic, found = received("finops")
    message = outgoing(alert(subject="Größe\nprod"))
    assert SnsTopic(client("sns"), topic).send([message], AT) == [SENT]
    (got,) = found()
    assert got["Subject"] == "[high] Größe prod"
    assert json.loads(got["Message"]) == message.event
    assert got["MessageAttributes"]["severity"]["Value"] == "high"
    assert got["MessageAttributes"]["correlationid"]["Value"] == message.correlation_id


def test_a_fifo_topic_drops_what_comes_twice(client: Any, received: Any) -> None:
    topic, found = received("finops.fifo", FifoTopic="true")
    message = outgoing(alert())
    channel = SnsTopic(client("sns"), topic)
    assert channel.send([message, message], AT) == [SENT, SENT]
    assert len(found()) == 1


def test_a_large_incident_is_cut_to_what_a_topic_takes(client: Any, received: Any) -> None:
    topic, found = received("finops")
    assert SnsTopic(client("sns"), topic).send([LARGE], AT) == [SENT]
    (got,) = found()
    told = json.loads(got["Message"])
    assert 0 < told["data"]["omitted"] < 900
    assert len(got["Message"].encode()) <= 256 * 1024
    assert len(got["Subject"]) < 100


@pytest.fixture
def bus(client: Any) -> Any:
    """A bus whose events go to a queue; what that was sent."""
    arn = client("events").create_event_bus(Name="finops")["EventBusArn"]
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    target = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    pattern = json.dumps({"source": ["cloudledger"]})
    client("events").put_rule(Name="all", EventBusName="finops", EventPattern=pattern)
    client("events").put_targets(
        Rule="all",
        EventBusName="finops",
        Targets=[{"Id": "q", "Arn": target["Attributes"]["QueueArn"]}],
    )

    def found() -> list[dict[str, Any]]:
        got: list[dict[str, Any]] = []
        while more := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            got += [json.loads(one["Body"]) for one in more]
        return got

    return arn, found


def test_a_bus_gets_every_event(client: Any, bus: Any) -> None:
    _, found = bus
    messages = [outgoing(alert(str(number))) for number in range(12)]
    assert EventBus(client("events"), "finops").send(messages, AT) == [SENT] * 12
    got = found()
    assert {one["detail"]["id"] for one in got} == {one.event["id"] for one in messages}
    assert {one["detail-type"] for one in got} == {"cloudledger.incident.firing"}


def put_events(*answers: list[str | None]) -> tuple[Any, list[list[dict[str, Any]]]]:
    """A client whose calls are answered so, by entry; requests and answers are held to botocore's
    model. And the calls."""
    client = boto3.client(
        "events", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    calls: list[list[dict[str, Any]]] = []
    client.meta.events.register(
        "provide-client-params.events.PutEvents",
        lambda params, **_: calls.append(params["Entries"]),
    )
    stub = Stubber(client)
    for answer in answers:
        entries = [
            {"EventId": "e"} if code is None else {"ErrorCode": code, "ErrorMessage": "told"}
            for code in answer
        ]
        failed = sum(code is not None for code in answer)
        stub.add_response("put_events", {"FailedEntryCount": failed, "Entries": entries})
    stub.activate()
    return client, calls


def test_each_entry_of_a_call_is_answered_for_itself() -> None:
    codes = [
        None,
        "ThrottlingException",
        "InternalFailure",
        "MalformedDetail",
        "NotAuthorizedForSourceException",
        None,
    ]
    client, _ = put_events(codes)
    ended = EventBus(client, "finops").send([outgoing(alert(str(n))) for n in range(6)], AT)
    assert [one.outcome for one in ended] == [
        Outcome.SENT,
        Outcome.UNAVAILABLE,
        Outcome.UNAVAILABLE,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.SENT,
    ]
    assert ended[3].told == "EventBridge answered MalformedDetail: told"


def test_a_call_holds_ten_entries_and_256_kb_at_most() -> None:
    small = [outgoing(alert(str(number))) for number in range(3)]
    messages: list[Message] = [*small, LARGE, LARGE, *small, *small, *small]
    client, calls = put_events([None] * 3, [None], [None], [None] * 9)
    assert EventBus(client, "finops").send(messages, AT) == [SENT] * len(messages)
    assert [len(call) for call in calls] == [3, 1, 1, 9]
    for call in calls:
        assert sum(len(one["Detail"].encode()) for one in call) < 256 * 1024
    client, calls = put_events([None] * 10, [None] * 2)
    EventBus(client, "finops").send((small * 4), AT)
    assert [len(call) for call in calls] == [10, 2]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("throttle", Outcome.UNAVAILABLE),
        ("fail", Outcome.UNAVAILABLE),
        ("cut", Outcome.UNAVAILABLE),
        ("deny", Outcome.REFUSED),
    ],
)
def test_moods_of_aws_are_told_from_refusals(
    aws: AwsCloud, client: Any, received: Any, bus: Any, fault: str, outcome: Outcome
) -> None:
    topic, _ = received("finops")
    for channel, service, operation in (
        (SnsTopic(client("sns"), topic), "sns", "Publish"),
        (EventBus(client("events"), "finops"), "events", "PutEvents"),
    ):
        getattr(aws.faults, fault)(service=service, operation=operation)
        ended = channel.send([outgoing(alert())], AT)
        assert [one.outcome for one in ended] == [outcome]
        assert channel.send([outgoing(alert())], AT) == [SENT]
        if fault == "deny":
            assert f"{service}:{operation}" in ended[0].told


def test_a_topic_that_is_not_there_is_refused(client: Any) -> None:
    gone = "arn:aws:sns:eu-central-1:123456789012:gone"
    (ended,) = SnsTopic(client("sns"), gone).send([outgoing(alert())], AT)
    assert ended.outcome is Outcome.REFUSED
    assert gone in ended.told


def ons(tenancy: OciCloud, topic: str, **config: str) -> OciTopic:
    client = sdk(oci.ons.NotificationDataPlaneClient, tenancy, retry_strategy=QUICK, **config)
    return OciTopic(client, topic)


def test_an_oci_topic_gets_text(tenancy: OciCloud) -> None:
    topic = tenancy.make_topic("finops")
    message = outgoing(alert(text="91 % & <more>"))
    assert ons(tenancy, topic).send([message], AT) == [SENT]
    (got,) = tenancy.notifications.messages(topic)
    assert got.title == "[high] budget a"
    assert "91 % & <more>" in got.body
    assert message.event["id"] in got.body


def test_an_oci_topic_gets_64_kb_at_most(tenancy: OciCloud) -> None:
    topic = tenancy.make_topic("large")
    assert ons(tenancy, topic).send([LARGE], AT) == [SENT]
    (got,) = tenancy.notifications.messages(topic)
    assert len((got.title or "").encode()) + len(got.body.encode()) <= 64 * 1024
    assert "of 900 alerts are left out" in got.body


def test_moods_of_oci_are_told_from_refusals(tenancy: OciCloud) -> None:
    topic = tenancy.make_topic("moody")
    one = outgoing(alert())
    tenancy.faults.throttle(3, path="/messages")
    assert ons(tenancy, topic).send([one], AT)[0].outcome is Outcome.UNAVAILABLE
    tenancy.faults.fail(1, path="/messages")
    assert ons(tenancy, topic).send([one], AT) == [SENT], "the SDK asked again"
    tenancy.faults.deny(path="/messages")
    (ended,) = ons(tenancy, topic).send([one], AT)
    assert ended.outcome is Outcome.REFUSED
    assert "use ons-topics" in ended.told
    (ended,) = ons(tenancy, topic, key_content=new_key(), key_file="").send([one], AT)
    assert ended.outcome is Outcome.REFUSED
    (ended,) = ons(tenancy, "ocid1.onstopic.oc1..gone").send([one], AT)
    assert ended.outcome is Outcome.REFUSED


def test_an_event_bears_its_time() -> None:
    client, calls = put_events([None])
    EventBus(client, "finops").send([outgoing(alert())], datetime(2026, 5, 1, tzinfo=UTC))
    assert calls[0][0]["Time"] == AT
