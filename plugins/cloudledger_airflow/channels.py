"""Channels of the governance file, opened with their Airflow connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from cloudledger_airflow.exceptions import UnusableConnection

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from cloudledger.alerting.channel import Channel
    from cloudledger.alerting.config import ChannelSettings
    from cloudledger.alerting.mail import Security


def open_channel(channel: ChannelSettings) -> Channel:
    """The way out that a channel's connection leads to. Secrets stand in the connection.

    :raises ChannelUnusable: the connection is not there, or cannot work until a person mends it.
    """
    from cloudledger.alerting.channel import ChannelUnusable

    try:
        return _opened(channel)
    except AirflowNotFoundException as error:
        raise ChannelUnusable(
            f"channel {channel.name}: there is no connection {channel.conn_id!r}; make it"
        ) from error
    except UnusableConnection as error:
        raise ChannelUnusable(f"channel {channel.name}: {error}") from error


def _opened(channel: ChannelSettings) -> Channel:
    match channel.kind:
        case "email":
            return _mailbox(channel)
        case "slack" | "webhook":
            return _webhook(channel)
        case "oci_topic":
            from oci.ons import NotificationDataPlaneClient

            from cloudledger.clouds.oci.notify import OciTopic
            from cloudledger_airflow.hooks.oci import OciHook

            client = OciHook(channel.conn_id).client(NotificationDataPlaneClient)
            return OciTopic(client, channel.target[0])
        case "sns":
            from cloudledger.clouds.aws.notify import SnsTopic

            return SnsTopic(_aws(channel, "sns"), channel.target[0])
        case "eventbridge":
            from cloudledger.clouds.aws.notify import EventBus

            return EventBus(_aws(channel, "events"), channel.target[0])


def _mailbox(channel: ChannelSettings) -> Channel:
    """A connection of type ``smtp``, read as the SMTP provider reads it."""
    from cloudledger.alerting.mail import PORTS, TIMEOUT_SECONDS, Mailbox

    connection, extra = _connection(channel)
    sender = extra.get("from_email") or connection.login or ""
    if not connection.host or "@" not in sender:
        raise _unusable(channel, "it needs a host, and from_email in its extra")
    security: Security = "tls"
    if _yes(extra.get("disable_ssl")):
        security = "none" if _yes(extra.get("disable_tls")) else "starttls"
    return Mailbox(
        host=connection.host,
        port=connection.port or PORTS[security],
        security=security,
        sender=sender,
        addresses=channel.target,
        user=connection.login or "",
        password=connection.password or "",
        timeout=float(extra.get("timeout") or TIMEOUT_SECONDS),
    )


def _webhook(channel: ChannelSettings) -> Channel:
    """A connection of type ``http``: where to, and in its password what is secret of it."""
    from cloudledger.alerting.webhook import SlackWebhook, Webhook

    connection, _ = _connection(channel)
    host = connection.host or ""
    url = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    try:
        parts = urlsplit(url)
        if connection.port and not parts.port:
            parts = parts._replace(netloc=f"{parts.netloc}:{connection.port}")
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine:
        raise _unusable(channel, "its host is no URL; give https://<host>/<path>")
    if channel.kind == "slack":
        path = (connection.password or "").lstrip("/")
        return SlackWebhook(f"{parts.geturl().rstrip('/')}/{path}".rstrip("/"))
    if not connection.password:
        raise _unusable(channel, "it has no password: the secret that its receiver checks")
    return Webhook(parts.geturl(), connection.password)


def _aws(channel: ChannelSettings, service: str) -> Any:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
    from botocore.exceptions import BotoCoreError

    try:
        return AwsBaseHook(channel.conn_id, client_type=service).get_conn()
    except (BotoCoreError, AirflowException, ValueError) as error:
        raise _unusable(channel, str(error)) from error


def _connection(channel: ChannelSettings) -> tuple[Connection, dict[str, Any]]:
    connection = BaseHook.get_connection(channel.conn_id)
    return connection, connection.extra_dejson


def _unusable(channel: ChannelSettings, why: str) -> UnusableConnection:
    return UnusableConnection(f"connection {channel.conn_id!r}: {why}")


def _yes(value: object) -> bool:
    return str(value).lower() == "true"
