"""``cloudledger notifications``: what was told on which channel, and what was not."""

from __future__ import annotations

from datetime import datetime

from cloudledger.alerting.outbox import newest, replay
from cloudledger.reporting import notifications, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy, open_duckdb


def tell_notifications(settings: Settings, *, dead: bool, limit: int, json: bool) -> None:
    """The newest messages; or those that were given up."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = newest(session, "dead" if dead else None, limit)
    if json:
        print(to_json({"notifications": [notifications.figures(one) for one in found]}))
    else:
        notifications.show(terminal.console(), found)


def replay_notification(settings: Settings, notification_id: str, *, at: datetime) -> None:
    """Let the next run of ``notifications`` send a dead message once more.

    :raises UnknownNotification: there is no such message, or it is not dead.
    """
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            replay(session, notification_id, at)
        warehouse.publish_copy()
    said = f"{notification_id} is sent by the next run of the DAG notifications"
    terminal.console(errors=True).print(said, markup=False, soft_wrap=True)
