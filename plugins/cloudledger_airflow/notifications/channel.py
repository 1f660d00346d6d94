"""A notifier for callbacks of DAGs and tasks, over the channels of the governance file."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from cloudledger_airflow.channels import open_channel
from cloudledger_airflow.exceptions import NotificationNotSent
from cloudledger_airflow.operators.changes import settings_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from cloudledger.alerting.alert import Alert
    from cloudledger.alerting.config import ChannelSettings


class ChannelNotifier(BaseNotifier):
    """Tell a channel at once, by night as well as by day: for ``on_failure_callback`` and the like.

    The channel is one of the governance file, or is given by ``kind``, ``conn_id`` and ``target``.
    Nothing is kept: what the channel does not take is in the log.

    :param channel: a name of the governance file.
    :param kind: email, slack, webhook, sns, oci_topic or eventbridge, with ``conn_id`` and
        ``target`` as there.
    :param title: one line; by default which task of which DAG has failed.
    :param text: by default the exception, and where the log is.
    :param severity: low, medium, high or critical.
    """

    template_fields: Sequence[str] = ("title", "text")

    def __init__(
        self,
        *,
        channel: str = "",
        kind: str = "",
        conn_id: str = "",
        target: str | Sequence[str] = (),
        title: str = "",
        text: str = "",
        severity: str = "high",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if bool(channel) == bool(kind):
            raise ValueError("give either channel, or kind, conn_id and target")
        self.channel = channel
        self.kind = kind
        self.conn_id = conn_id
        self.target = target
        self.title = title
        self.text = text
        self.severity = severity

    def notify(self, context: Context) -> None:
        """Send one message.

        :raises NotificationNotSent: what the channel said.
        """
        from cloudledger.alerting.channel import ChannelUnusable, Outcome
        from cloudledger.alerting.event import identity, incident_event
        from cloudledger.alerting.grouping import incident_of
        from cloudledger.alerting.outbox import message

        now = datetime.now(UTC)
        channel = self._settings()
        one = self._alert(context, now)
        incident = incident_of(identity(one.alert_id), {}, [one])
        told = incident_event(incident, source=settings_file().notifications.source, at=now)
        sent = message(channel.name, told, state="pending", due=now, at=now)
        try:
            (how,) = open_channel(channel).send([sent], now)
        except ChannelUnusable as error:
            raise NotificationNotSent(str(error)) from error
        if how.outcome is not Outcome.SENT:
            raise NotificationNotSent(f"channel {channel.name}: {how.outcome}: {how.told}")

    async def async_notify(self, context: Context) -> None:
        """As :meth:`notify`, beside the triggerer's loop."""
        await asyncio.to_thread(self.notify, context)

    def _settings(self) -> ChannelSettings:
        from cloudledger.alerting.config import ChannelSettings

        if self.kind:
            return ChannelSettings.model_validate(
                {
                    "name": "direct",
                    "kind": self.kind,
                    "conn_id": self.conn_id,
                    "target": self.target,
                }
            )
        named = settings_file().notifications.channel(self.channel)
        if named is None:
            raise NotificationNotSent(
                f"the governance file names no channel {self.channel!r}; add it to notifications"
            )
        return named

    def _alert(self, context: Context, now: datetime) -> Alert:
        from cloudledger.alerting.alert import Alert, Severity, State

        task = context.get("ti") or context.get("task_instance")
        run = context.get("dag_run")
        names = {
            "dag": getattr(task, "dag_id", None) or getattr(run, "dag_id", None),
            "run": getattr(task, "run_id", None) or getattr(run, "run_id", None),
            "task": getattr(task, "task_id", None),
            "try": getattr(task, "try_number", None),
        }
        dimensions = {name: str(value) for name, value in names.items() if value is not None}
        what = ".".join(dimensions[name] for name in ("dag", "task") if name in dimensions)
        said = [
            str(context.get("exception") or context.get("reason") or ""),
            str(getattr(task, "log_url", "") or ""),
        ]
        at = getattr(task, "start_date", None) or now
        return Alert(
            alert_id="/".join(dimensions.values()) or self.title,
            kind="task",
            severity=Severity(self.severity),
            state=State.FIRING,
            subject=self.title or (f"{what} failed" if what else "a callback"),
            dimensions=dimensions,
            amount=None,
            threshold=None,
            currency=None,
            first_seen=at,
            as_of=at,
            text=self.text or "\n".join(one for one in said if one) or "No more is known.",
        )
