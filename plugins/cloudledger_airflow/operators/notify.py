"""Send the notifications that are due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger_airflow.exceptions import NotificationsDead
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.operators.changes import settings_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class NotifyOperator(BaseOperator):
    """Send what waits in the outbox and is due, on every channel of the governance file.

    What a channel does not take for the moment is sent by a later run. Returns
    ``{"sent": 3, "waiting": 1}``.

    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id",)
    ui_color = "#f1e8f5"

    def __init__(
        self, *, warehouse_conn_id: str = WarehouseHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Send, and say what is to be tried again.

        :raises NotificationsDead: messages were given up: which, why, and how to send them.
        """
        from cloudledger.alerting.deliver import deliver
        from cloudledger_airflow.channels import open_channel

        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            done = deliver(
                warehouse, settings_file().notifications, open_channel, lambda: datetime.now(UTC)
            )
        for one in done.waiting:
            self.log.warning("%s on %s waits: %s", one.notification_id, one.channel, one.told)
        self.log.info("%d sent, %d to be tried again", done.sent, len(done.waiting))
        if done.dead:
            raise NotificationsDead(
                "; ".join(
                    f"{one.notification_id} on {one.channel}: {one.told}" for one in done.dead
                )
                + ". When the channel is mended: cloudledger notifications --replay <id>"
            )
        return {"sent": done.sent, "waiting": len(done.waiting)}
