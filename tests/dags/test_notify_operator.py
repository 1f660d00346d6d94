"""What waits in the outbox is sent by a task, over channels that their connections open."""

import asyncio
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import yaml

from cloudledger.alerting.channel import ChannelUnusable
from cloudledger.alerting.config import ChannelSettings
from cloudledger.alerting.enqueue import enqueue
from cloudledger.alerting.mail import Mailbox
from cloudledger.alerting.outbox import newest
from cloudledger.governance.config import governance
from cloudledger.warehouse.duckdb import open_copy
from cloudledger_airflow.channels import open_channel
from cloudledger_airflow.exceptions import NotificationNotSent, NotificationsDead
from cloudledger_airflow.notifications.channel import ChannelNotifier
from cloudledger_airflow.operators.notify import NotifyOperator
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.alerts import AT, alert
from tests.support.empty_warehouse import migrated
from tests.support.mail_server import HOST, mail_server
from tests.support.web_server import web_server


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A warehouse, and settings that name no channel yet."""
    host = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE", json.dumps({"conn_type": "duckdb", "host": str(host)})
    )
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(tmp_path / "governance.yaml"))
    return tmp_path


@pytest.fixture
def configure(home):
    def configure(*channels):
        section = {
            "channels": list(channels),
            "routes": [{"channels": [one["name"] for one in channels]}],
        }
        file = home / "governance.yaml"
        file.write_text(yaml.safe_dump({"notifications": section}))
        return governance(file)

    return configure


@pytest.fixture
def connect(monkeypatch):
    def connect(conn_id, **fields):
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))

    return connect


@pytest.fixture
def hook(connect):
    with web_server() as server:
        connect("hook", conn_type="http", host=server.url, password="shared")
        yield server


def put(home, settings, *alerts):
    with migrated(home / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        enqueue(session, alerts, settings, AT)


def notify():
    return NotifyOperator(task_id="notify").execute({})


def states(home):
    with open_copy(home / "warehouse.duckdb") as copy, copy.transaction() as session:
        return {one.channel: one.state for one in newest(session, None, 100)}


def test_one_incident_goes_out_on_every_kind_of_channel(home, configure, connect, hook, tmp_path):
    with (
        mail_server(tmp_path) as mails,
        serve_aws() as aws,
        serve_oci(tmp_path / "oci") as oci,
    ):
        connect(
            "smtp",
            conn_type="smtp",
            host=HOST,
            port=mails.port,
            extra={
                "from_email": "finops@example.com",
                "disable_ssl": True,
                "disable_tls": "true",
            },
        )
        connect("chat", conn_type="http", host=hook.url, password="/services/T1/B2/x")
        connect(
            "aws",
            conn_type="aws",
            login="test",
            password="test",
            extra={"region_name": "eu-central-1", "endpoint_url": aws.endpoint},
        )
        config = oci.config
        connect(
            "oci",
            conn_type="oci",
            login=config["user"],
            extra={
                "auth": "api_key",
                "service_endpoint": oci.endpoint,
                **{n: config[n] for n in ("tenancy", "region", "fingerprint", "key_content")},
            },
        )
        topic = oci.make_topic("finops")
        arn = _sns_topic(aws)
        settings = configure(
            {"name": "mail", "kind": "email", "conn_id": "smtp", "target": "a@example.com"},
            {"name": "chat", "kind": "slack", "conn_id": "chat"},
            {"name": "hook", "kind": "webhook", "conn_id": "hook"},
            {"name": "sns", "kind": "sns", "conn_id": "aws", "target": arn},
            {"name": "bus", "kind": "eventbridge", "conn_id": "aws", "target": "default"},
            {"name": "ons", "kind": "oci_topic", "conn_id": "oci", "target": topic},
        )
        put(home, settings, alert("1"), alert("2"))
        assert notify() == {"sent": 6, "waiting": 0}
        assert notify() == {"sent": 0, "waiting": 0}
        assert len(mails.mails) == 1
        assert len(oci.notifications.messages(topic)) == 1
    assert set(states(home).values()) == {"sent"}
    paths = sorted(posted.path for posted in hook.posted)
    assert paths == ["/hook", "/hook/services/T1/B2/x"]


def _sns_topic(aws):
    import boto3

    client = boto3.client(
        "sns",
        endpoint_url=aws.endpoint,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return client.create_topic(Name="finops")["TopicArn"]


def test_what_a_channel_does_not_take_now_waits_and_turns_nothing_red(home, configure, hook):
    settings = configure({"name": "hook", "kind": "webhook", "conn_id": "hook"})
    put(home, settings, alert())
    hook.answers = [503]
    assert notify() == {"sent": 0, "waiting": 1}
    assert states(home) == {"hook": "pending"}


def test_what_is_given_up_turns_the_task_red_and_is_kept(home, configure, hook):
    settings = configure({"name": "hook", "kind": "webhook", "conn_id": "hook"})
    put(home, settings, alert())
    hook.answers = [403]
    with pytest.raises(NotificationsDead, match=r"answered 403.*notifications --replay"):
        notify()
    assert states(home) == {"hook": "dead"}


def test_without_channels_there_is_nothing_to_send(home):
    assert notify() == {"sent": 0, "waiting": 0}


def channel(kind, conn_id="c", **other):
    return ChannelSettings(name="x", kind=kind, conn_id=conn_id, **other)


@pytest.mark.parametrize(
    ("kind", "target", "fields", "told"),
    [
        ("webhook", (), None, "no connection 'c'"),
        ("webhook", (), {"host": "https://example.com/hook"}, "no password"),
        ("webhook", (), {"host": "", "password": "x"}, "no URL"),
        ("slack", (), {"host": "ftp://example.com", "password": "x"}, "no URL"),
        ("email", ("a@example.com",), {"host": "mail.example.com"}, "from_email"),
        (
            "email",
            ("a@example.com",),
            {
                "host": "mail.example.com",
                "login": "finops@example.com",
                "extra": {"disable_ssl": True, "disable_tls": True},
            },
            "switched off",
        ),
        ("oci_topic", ("ocid1.onstopic.x",), {"extra": {}}, "names no `auth`"),
    ],
)
def test_a_connection_that_cannot_work_says_what_it_lacks(connect, kind, target, fields, told):
    if fields is not None:
        connect("c", conn_type="any", **fields)
    with pytest.raises(ChannelUnusable, match=told):
        open_channel(channel(kind, target=target))


@pytest.mark.parametrize(
    ("extra", "security", "port"),
    [
        ({}, "tls", 465),
        ({"disable_ssl": True}, "starttls", 587),
        ({"disable_ssl": "True", "timeout": 3}, "starttls", 587),
    ],
)
def test_mail_goes_by_tls_unless_the_connection_says_how_else(connect, extra, security, port):
    connect("c", conn_type="smtp", host="mail.example.com", login="finops@example.com", extra=extra)
    box = open_channel(channel("email", target=("a@example.com",)))
    assert isinstance(box, Mailbox)
    assert (box.security, box.port, box.sender) == (security, port, "finops@example.com")
    assert box.timeout == extra.get("timeout", 20)


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"host": "https://example.com/hook?x=1"}, "https://example.com/hook?x=1"),
        ({"host": "example.com"}, "https://example.com"),
        ({"host": "example.com", "schema": "http", "port": 8080}, "http://example.com:8080"),
        ({"host": "https://example.com/h", "port": 8443}, "https://example.com:8443/h"),
    ],
)
def test_where_a_webhook_is(connect, fields, url):
    connect("c", conn_type="http", password="s", **fields)
    assert open_channel(channel("webhook")).url == url


FAILED = {
    "ti": SimpleNamespace(
        dag_id="cost_ingest",
        task_id="publish",
        run_id="manual__1",
        try_number=2,
        start_date=datetime(2026, 3, 3, tzinfo=UTC),
        log_url="http://airflow.example.com/log",
    ),
    "exception": ValueError("<b>no</b>"),
}


def test_a_failed_task_is_told_of_on_a_named_channel(configure, hook):
    configure({"name": "ops", "kind": "webhook", "conn_id": "hook"})
    for _ in range(2):
        ChannelNotifier(channel="ops", severity="critical")(FAILED)
    first, again = (json.loads(posted.body) for posted in hook.posted)
    assert first["id"] == again["id"], "a receiver sees that it came twice"
    assert first["subject"] == "[critical] cost_ingest.publish failed"
    (incident,) = first["data"]["incidents"]
    assert incident["alerts"][0]["text"] == "<b>no</b>\nhttp://airflow.example.com/log"
    assert incident["alerts"][0]["dimensions"]["run"] == "manual__1"


def test_it_stands_alone_with_texts_of_its_own(home, hook):
    notifier = ChannelNotifier(
        kind="webhook", conn_id="hook", title="{{ run_id }} is over", text="Look at it."
    )
    notifier({"run_id": "manual__1"})
    (posted,) = hook.posted
    assert json.loads(posted.body)["subject"] == "[high] manual__1 is over"


def test_it_can_be_awaited(home, hook):
    async def awaited():
        await ChannelNotifier(kind="webhook", conn_id="hook", title="late", context={})

    asyncio.run(awaited())
    assert len(hook.posted) == 1


def test_what_its_channel_does_not_take_is_an_error_that_says_why(configure, hook):
    configure({"name": "ops", "kind": "webhook", "conn_id": "hook"})
    hook.answers = [500]
    with pytest.raises(NotificationNotSent, match=r"ops: unavailable: .* 500"):
        ChannelNotifier(channel="ops")(FAILED)
    with pytest.raises(NotificationNotSent, match="no channel 'nobody'"):
        ChannelNotifier(channel="nobody")(FAILED)
    with pytest.raises(NotificationNotSent, match="no connection 'gone'"):
        ChannelNotifier(kind="slack", conn_id="gone")(FAILED)
    with pytest.raises(ValueError, match="either channel"):
        ChannelNotifier()
