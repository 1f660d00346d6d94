"""Send what is due: each message marked before and after, throttled channels asked again later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudledger.alerting import outbox
from cloudledger.alerting.alert import Severity
from cloudledger.alerting.channel import Channel, ChannelUnusable, Delivery, Outcome
from cloudledger.alerting.config import ChannelSettings, Notifications
from cloudledger.alerting.digest import release
from cloudledger.alerting.event import LOUD
from cloudledger.alerting.hours import quiet_until
from cloudledger.alerting.outbox import Message
from cloudledger.warehouse.port import Session, Warehouse

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
LONGEST_ASKED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that was not sent, and what its channel said."""

    notification_id: str
    channel: str
    told: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a run's messages ended: sent, to be tried again, given up."""

    sent: int = 0
    waiting: tuple[Failure, ...] = ()
    dead: tuple[Failure, ...] = ()

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            self.sent + other.sent, self.waiting + other.waiting, self.dead + other.dead
        )


def wait(attempts: int) -> timedelta:
    """How long after the n-th attempt the next one is due: doubled each time, up to a limit."""
    return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)


def deliver(
    warehouse: Warehouse,
    settings: Notifications,
    open_channel: Callable[[ChannelSettings], Channel],
    now: Callable[[], datetime],
) -> Delivered:
    """Make the digests that are due, and send every message whose time has come.

    :param open_channel: opens a channel, or raises :class:`ChannelUnusable`.
    :param now: the time of day.
    """
    done = Delivered()
    with warehouse.transaction() as session:
        names = outbox.channels_waited_for(session)
    for name in names:
        with warehouse.transaction() as session:
            at = now()
            release(session, name, settings.source, at)
            ready = _ready(session, settings, name, at)
        if not ready:
            continue
        channel = _opened(settings, name, open_channel)
        most = len(ready) if isinstance(channel, Delivery) else channel.most_at_once or len(ready)
        size = 1 if isinstance(channel, Delivery) else channel.batch
        for first in range(0, min(most, len(ready)), size):
            some = ready[first : min(first + size, most)]
            tried = _attempt(warehouse, settings, channel, some, now)
            done += tried
            if len(tried.waiting) == len(some):
                # The channel is down: the others would wait in vain for its time-outs.
                break
    return done


def _ready(session: Session, settings: Notifications, name: str, at: datetime) -> list[Message]:
    """A channel's messages that may be sent now; those that would break its peace wait for its
    end."""
    waiting = outbox.due(session, name, "pending", at)
    channel = settings.channel(name)
    if channel is None:
        return waiting
    until = quiet_until(channel.quiet_hours, settings.zone(channel), at)
    ready = []
    for one in waiting:
        if until and not (one.severity is Severity.CRITICAL and one.event["type"] in LOUD):
            outbox.put_off(session, one, until=until, told=one.last_error)
        else:
            ready.append(one)
    return ready


def _opened(
    settings: Notifications, name: str, open_channel: Callable[[ChannelSettings], Channel]
) -> Channel | Delivery:
    """The channel, or how every message to it ends."""
    channel = settings.channel(name)
    if channel is None:
        return Delivery(Outcome.REFUSED, f"the settings name no channel {name}")
    try:
        return open_channel(channel)
    except ChannelUnusable as error:
        return Delivery(Outcome.UNAVAILABLE, str(error))


def _attempt(
    warehouse: Warehouse,
    settings: Notifications,
    channel: Channel | Delivery,
    some: Sequence[Message],
    now: Callable[[], datetime],
) -> Delivered:
    """Send a few messages at once; the attempt is counted in a transaction before it is made."""
    at = now()
    with warehouse.transaction() as session:
        begun = [
            started
            for one in some
            if (started := outbox.begin(session, one, at=at, again=at + wait(one.attempts + 1)))
        ]
    if isinstance(channel, Delivery):
        ended: Sequence[Delivery] = [channel] * len(begun)
    else:
        ended = channel.send(begun, now()) if begun else []
    done = Delivered()
    with warehouse.transaction() as session:
        for one, how in zip(begun, ended, strict=True):
            done += _mark(session, settings, one, how, now())
    return done


def _mark(
    session: Session, settings: Notifications, one: Message, how: Delivery, at: datetime
) -> Delivered:
    failure = Failure(one.notification_id, one.channel, how.told)
    if how.outcome is Outcome.SENT:
        outbox.end(session, one, "sent", at=at, told=how.told)
        return Delivered(sent=1)
    if how.outcome is Outcome.REFUSED or one.attempts >= settings.most_attempts:
        outbox.end(session, one, "dead", at=at, told=how.told)
        return Delivered(dead=(failure,))
    asked = min(how.after or timedelta(0), LONGEST_ASKED)
    until = max(at + wait(one.attempts), at + asked)
    outbox.put_off(session, one, until=until, told=how.told)
    return Delivered(waiting=(failure,))
