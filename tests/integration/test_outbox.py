"""A message that was put into the outbox arrives, whatever happens on its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.alerting.alert import Alert
from cloudledger.alerting.channel import SENT, ChannelUnusable, Delivery, Outcome
from cloudledger.alerting.deliver import Delivered, deliver, wait
from cloudledger.alerting.enqueue import Enqueued, enqueue
from cloudledger.alerting.outbox import UnknownNotification, newest, replay
from cloudledger.governance.config import Governance
from cloudledger.warehouse.port import Warehouse
from tests.support import alerts
from tests.support.alerts import AT, Recorder, alert
from tests.support.empty_warehouse import migrated

DOWN = Delivery(Outcome.UNAVAILABLE, "503")
NO = Delivery(Outcome.REFUSED, "403 forbidden")
HOUR = timedelta(hours=1)
NIGHT = {"from": "20:00", "to": "07:00"}


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def warehouse(tmp_path) -> Iterator[Warehouse]:
    with migrated(tmp_path / "warehouse.duckdb") as opened:
        yield opened


def put(warehouse: Warehouse, governance: Governance, *some: Alert, at: datetime = AT) -> Enqueued:
    with warehouse.transaction() as session:
        return enqueue(session, some, governance, at)


def run(
    warehouse: Warehouse, governance: Governance, channel: Recorder, at: datetime = AT
) -> Delivered:
    return deliver(warehouse, governance.notifications, lambda _: channel, lambda: at)


def states(warehouse: Warehouse) -> list[str]:
    with warehouse.transaction() as session:
        return sorted(one.state for one in newest(session, None, 1000))


ONE = alerts.settings({"name": "ops"})


def test_what_was_put_in_is_sent_once(warehouse: Warehouse) -> None:
    channel = Recorder()
    assert put(warehouse, ONE, alert()) == Enqueued(incidents=1, messages=1, unrouted=0)
    assert run(warehouse, ONE, channel) == Delivered(sent=1)
    assert run(warehouse, ONE, channel, AT + 10 * HOUR) == Delivered()
    assert len(channel.sent) == 1
    assert states(warehouse) == ["sent"]


def test_a_task_tried_again_puts_nothing_in_twice(warehouse: Warehouse) -> None:
    put(warehouse, ONE, alert())
    assert put(warehouse, ONE, alert()).messages == 0
    run(warehouse, ONE, Recorder())
    assert put(warehouse, ONE, alert(), at=AT + HOUR).messages == 0
    assert states(warehouse) == ["sent"]


def test_every_turn_of_an_alert_is_told_of_the_same_incident(warehouse: Warehouse) -> None:
    channel = Recorder()
    for turn, hours, severity in (("firing", 0, "high"), ("worse", 1, "critical")):
        at = AT + hours * HOUR
        put(warehouse, ONE, alert(state=turn, severity=severity, as_of=at), at=at)
    with_another = alert("b", as_of=AT + 2 * HOUR, first_seen=AT + 2 * HOUR)
    gone = alert(state="resolved", as_of=AT + 2 * HOUR)
    put(warehouse, ONE, gone, with_another, at=AT + 2 * HOUR)
    run(warehouse, ONE, channel, AT + 3 * HOUR)
    told = [one.event["type"].rpartition(".")[2] for one in channel.sent]
    assert told == ["firing", "worse", "firing"]
    assert [_ids(one) for one in channel.sent] == [{"a"}, {"a"}, {"a", "b"}]
    assert len({one.correlation_id for one in channel.sent}) == 1
    assert len({one.event["id"] for one in channel.sent}) == 3


def _ids(message) -> set[str]:
    return {
        one["alert_id"] for each in message.event["data"]["incidents"] for one in each["alerts"]
    }


def test_an_alert_that_no_route_takes_is_counted(warehouse: Warehouse) -> None:
    governance = alerts.settings(
        {"name": "ops"}, routes=[{"severity": "critical", "channels": ["ops"]}]
    )
    assert put(warehouse, governance, alert()) == Enqueued(1, 0, unrouted=1)


@pytest.mark.parametrize("killed_at", range(4))
def test_a_run_that_is_killed_loses_nothing_and_doubles_nothing_that_it_marked(
    warehouse: Warehouse, killed_at: int
) -> None:
    class Dying(Recorder):
        def send(self, messages, at):
            super().send(messages, at)
            if len(self.calls) == killed_at + 1:
                raise Killed
            return [SENT] * len(messages)

    for number in range(4):
        put(warehouse, ONE, alert(str(number), dimensions={"service": str(number)}))
    channel = Dying()
    with pytest.raises(Killed):
        run(warehouse, ONE, channel)
    assert run(warehouse, ONE, channel, AT + timedelta(seconds=59)).sent == 3 - killed_at
    assert run(warehouse, ONE, channel, AT + timedelta(seconds=60)).sent == 1
    assert states(warehouse) == ["sent"] * 4
    ids = [one.notification_id for one in channel.sent]
    assert len(set(ids)) == 4
    assert len(ids) == 5, "the one in flight was sent again, with its id"


def test_a_channel_that_is_down_is_asked_again_later_and_later(warehouse: Warehouse) -> None:
    channel = Recorder(DOWN, DOWN, DOWN)
    put(warehouse, ONE, alert())
    at, waits = AT, []
    while states(warehouse) == ["pending"]:
        before = len(channel.calls)
        done = run(warehouse, ONE, channel, at)
        if len(channel.calls) > before:
            waits.append(at - AT)
            assert [one.told for one in done.waiting] == (["503"] if len(waits) < 4 else [])
        at += timedelta(seconds=30)
    assert waits == [timedelta(minutes=minutes) for minutes in (0, 1, 3, 7)]


def test_waits_double_up_to_a_limit() -> None:
    assert [wait(attempt) for attempt in (1, 2, 3)] == [
        timedelta(minutes=minutes) for minutes in (1, 2, 4)
    ]
    assert wait(9) == wait(100) == 4 * HOUR


def test_a_channel_says_itself_when_to_ask_again(warehouse: Warehouse) -> None:
    channel = Recorder(Delivery(Outcome.UNAVAILABLE, "429", HOUR))
    put(warehouse, ONE, alert())
    run(warehouse, ONE, channel)
    assert run(warehouse, ONE, channel, AT + HOUR - timedelta(seconds=1)) == Delivered()
    assert run(warehouse, ONE, channel, AT + HOUR).sent == 1


def test_what_is_refused_is_dead_at_once_and_can_be_replayed(warehouse: Warehouse) -> None:
    channel = Recorder(NO)
    put(warehouse, ONE, alert())
    (dead,) = run(warehouse, ONE, channel).dead
    assert dead.told == "403 forbidden"
    assert run(warehouse, ONE, channel, AT + 24 * HOUR) == Delivered()
    with warehouse.transaction() as session:
        (kept,) = newest(session, "dead", 10)
        assert (kept.last_error, kept.attempts) == ("403 forbidden", 1)
        replay(session, dead.notification_id, AT)
    assert run(warehouse, ONE, channel, AT).sent == 1
    assert {one.notification_id for one in channel.sent} == {dead.notification_id}
    with warehouse.transaction() as session, pytest.raises(UnknownNotification, match="no dead"):
        replay(session, dead.notification_id, AT)


def test_what_is_never_taken_is_dead_in_the_end(warehouse: Warehouse) -> None:
    governance = alerts.settings({"name": "ops"}, most_attempts=3)
    channel = Recorder(*[DOWN] * 9)
    put(warehouse, governance, alert())
    done = [run(warehouse, governance, channel, AT + number * HOUR) for number in range(5)]
    assert [len(one.dead) for one in done] == [0, 0, 1, 0, 0]
    assert len(channel.calls) == 3


def test_only_the_failed_ones_of_a_batch_are_sent_again(warehouse: Warehouse) -> None:
    channel = Recorder(SENT, DOWN, NO, SENT, batch=10)
    for number in range(4):
        put(warehouse, ONE, alert(str(number), dimensions={"service": str(number)}))
    done = run(warehouse, ONE, channel)
    assert (done.sent, len(done.waiting), len(done.dead)) == (2, 1, 1)
    run(warehouse, ONE, channel, AT + HOUR)
    assert [len(call) for call in channel.calls] == [4, 1]
    assert channel.calls[1][0].notification_id == done.waiting[0].notification_id


def test_a_channel_takes_no_more_than_its_rate(warehouse: Warehouse) -> None:
    channel = Recorder(batch=2, most_at_once=3)
    for number in range(5):
        put(warehouse, ONE, alert(str(number), dimensions={"service": str(number)}))
    assert [run(warehouse, ONE, channel).sent for _ in range(3)] == [3, 2, 0]


def test_a_channel_that_cannot_be_opened_waits_and_the_others_go_on(warehouse: Warehouse) -> None:
    governance = alerts.settings({"name": "lost"}, {"name": "ops"})
    channel = Recorder()

    def opened(one):
        if one.name == "lost":
            raise ChannelUnusable("there is no connection 'hook'")
        return channel

    put(warehouse, governance, alert())
    done = deliver(warehouse, governance.notifications, opened, lambda: AT)
    assert done.sent == 1
    assert [one.told for one in done.waiting] == ["there is no connection 'hook'"]


def test_a_channel_that_is_configured_no_more_leaves_dead_messages(warehouse: Warehouse) -> None:
    put(warehouse, ONE, alert())
    (dead,) = run(warehouse, alerts.settings({"name": "other"}), Recorder()).dead
    assert "no channel ops" in dead.told


def test_the_night_is_quiet_but_for_what_is_critical(warehouse: Warehouse) -> None:
    governance = alerts.settings({"name": "ops", "quiet_hours": NIGHT, "timezone": "Asia/Tokyo"})
    channel = Recorder()
    night = datetime(2026, 3, 10, 12, tzinfo=UTC)  # 21:00 in Tokyo
    put(warehouse, governance, alert("mild"), at=night)
    worst = alert("bad", severity="critical", dimensions={"service": "other"})
    put(warehouse, governance, worst, at=night)
    assert run(warehouse, governance, channel, night).sent == 1
    assert _ids(channel.sent[0]) == {"bad"}
    morning = datetime(2026, 3, 10, 22, tzinfo=UTC)
    assert run(warehouse, governance, channel, morning - timedelta(seconds=1)).sent == 0
    assert run(warehouse, governance, channel, morning).sent == 1


def test_a_try_that_falls_into_the_night_waits_for_the_morning(warehouse: Warehouse) -> None:
    governance = alerts.settings({"name": "ops", "quiet_hours": NIGHT})
    channel = Recorder(DOWN)
    evening = datetime(2026, 3, 10, 19, 59, 30, tzinfo=UTC)
    put(warehouse, governance, alert(), at=evening)
    run(warehouse, governance, channel, evening)
    assert run(warehouse, governance, channel, evening + HOUR) == Delivered()
    assert run(warehouse, governance, channel, datetime(2026, 3, 11, 7, tzinfo=UTC)).sent == 1


def test_the_digest_tells_what_was_held_and_what_is_resolved(warehouse: Warehouse) -> None:
    governance = alerts.settings({"name": "ops", "quiet_hours": NIGHT, "digest_hour": 8})
    channel = Recorder()
    night = datetime(2026, 3, 10, 21, tzinfo=UTC)
    put(warehouse, governance, alert("night"), at=night)
    elsewhere = {"service": "other"}
    put(warehouse, governance, alert("day", dimensions=elsewhere))
    run(warehouse, governance, channel, AT)
    gone = alert("day", state="resolved", dimensions=elsewhere, as_of=AT + HOUR)
    put(warehouse, governance, gone, at=AT + HOUR)
    assert run(warehouse, governance, channel, AT + HOUR).sent == 0
    morning = datetime(2026, 3, 11, 8, tzinfo=UTC)
    assert run(warehouse, governance, channel, morning - HOUR).sent == 0
    assert run(warehouse, governance, channel, morning).sent == 1
    digest = channel.sent[-1]
    assert digest.event["type"] == "cloudledger.digest"
    assert digest.event["subject"] == "Digest: 1 open, 1 resolved"
    assert _ids(digest) == {"night", "day"}
    assert run(warehouse, governance, channel, morning + 24 * HOUR).sent == 0
    assert states(warehouse) == ["digested", "digested", "sent", "sent"]


@settings(max_examples=12, deadline=None)
@given(
    answers=st.lists(st.sampled_from(["sent", "down", "no", "killed"]), max_size=25),
    count=st.integers(1, 6),
    batch=st.integers(1, 4),
)
def test_every_message_ends_sent_or_dead_whatever_happens(
    answers: list[str], count: int, batch: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    accepted: set[str] = set()

    class Moody(Recorder):
        def send(self, messages, at):
            ended = []
            for one in messages:
                mood = answers.pop(0) if answers else "sent"
                if mood == "killed":
                    raise Killed
                if mood == "sent":
                    accepted.add(one.notification_id)
                ended.append({"sent": SENT, "down": DOWN, "no": NO}[mood])
            return ended

    channel = Moody(batch=batch)
    with migrated(tmp_path_factory.mktemp("w") / "warehouse.duckdb") as warehouse:
        for number in range(count):
            put(warehouse, ONE, alert(str(number), dimensions={"service": str(number)}))
        at = AT
        for _ in range(40):
            at += 5 * HOUR
            try:
                run(warehouse, ONE, channel, at)
            except Killed:
                continue
            if "pending" not in states(warehouse):
                break
        with warehouse.transaction() as session:
            ended = {one.notification_id: one.state for one in newest(session, None, 1000)}
    assert len(ended) == count
    assert set(ended.values()) <= {"sent", "dead"}
    assert {one for one, state in ended.items() if state == "sent"} <= accepted
