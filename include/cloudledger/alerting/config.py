"""Who is told of what, where and when: the section ``notifications`` of the governance file.

Nothing here is a secret: channels name the Airflow connections that hold them.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cloudledger.alerting.alert import Alert, Severity

ChannelKind = Literal["email", "slack", "webhook", "sns", "oci_topic", "eventbridge"]
WITHOUT_TARGET = ("slack", "webhook")
"""Whose connections say it all."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _of_minutes(value: Any) -> Any:
    # YAML 1.1 reads 20:00 without quotes as the whole number 20 * 60.
    return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name} is no time zone, such as Europe/Berlin") from error
    return name


Clock = Annotated[time, BeforeValidator(_of_minutes)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class QuietHours(_Part):
    """When a channel is left in peace, by its own clock; only what is critical passes."""

    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to", description="the first minute that is not quiet")
    weekends: bool = Field(False, description="whether Saturday and Sunday are quiet, too")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.start == self.end:
            raise ValueError("quiet_hours: from and to are the same, it would never be loud")
        return self

    def at_clock(self, clock: time) -> bool:
        """Whether a time of a working day is quiet."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


class ChannelSettings(_Part):
    """One way to tell somebody."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,64}$")
    kind: ChannelKind
    conn_id: str = Field(min_length=1, description="an Airflow connection")
    target: Texts = Field(
        (), description="e-mail addresses, a topic's ARN or OCID, an event bus; no other has any"
    )
    quiet_hours: QuietHours | None = None
    digest_hour: int | None = Field(
        None, ge=0, le=23, description="when held and resolved alerts are told, once a day"
    )
    timezone: Zone | None = Field(None, description="of the two; the section's if not given")

    @model_validator(mode="after")
    def _has_its_target(self) -> Self:
        if self.kind in WITHOUT_TARGET and self.target:
            raise ValueError(f"channel {self.name}: {self.kind} takes no target, only a connection")
        if self.kind == "email" and not self.target:
            raise ValueError(f"channel {self.name}: email needs addresses as its target")
        if self.kind not in (*WITHOUT_TARGET, "email") and len(self.target) != 1:
            raise ValueError(f"channel {self.name}: {self.kind} needs exactly one target")
        hour = self.digest_hour
        if self.quiet_hours and hour is not None and self.quiet_hours.at_clock(time(hour)):
            raise ValueError(f"channel {self.name}: its digest_hour is one of its quiet hours")
        return self


class Route(_Part):
    """Which alerts go to which channels: those that meet everything that is given."""

    channels: Texts = Field(min_length=1)
    severity: Severity = Field(Severity.LOW, description="this severe at least")
    kinds: Texts = Field((), description="budget_actual, budget_forecast, anomaly, drift, ...")
    owners: Texts = ()
    accounts: Texts = Field((), description="accounts and sub accounts")
    tags: dict[str, Texts] = Field({}, description="values by key")

    def takes(self, alert: Alert) -> bool:
        """Whether an alert goes this way."""
        where = alert.dimensions
        accounts = {where.get("account"), where.get("sub_account")}
        return (
            alert.severity.rank >= self.severity.rank
            and (not self.kinds or alert.kind in self.kinds)
            and (not self.owners or alert.owner in self.owners)
            and (not self.accounts or bool(accounts.intersection(self.accounts)))
            and all(where.get(f"tag:{key}") in values for key, values in self.tags.items())
        )


class Notifications(_Part):
    """The whole section. Without routes nobody is told of anything.

    :raises pydantic.ValidationError: naming each thing that is wrong, and why.
    """

    source: str = Field("/cloudledger", pattern=r"^\S+$", description="CloudEvents source")
    timezone: Zone = "UTC"
    channels: tuple[ChannelSettings, ...] = ()
    routes: tuple[Route, ...] = ()
    most_attempts: int = Field(12, ge=1, le=100, description="then a message is dead")

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> Self:
        names = {one.name for one in self.channels}
        if len(names) < len(self.channels):
            raise ValueError("notifications: a channel's name is given twice")
        for route in self.routes:
            if unknown := sorted(set(route.channels) - names):
                raise ValueError(
                    f"notifications: a route names {', '.join(unknown)}; "
                    f"channels are {', '.join(sorted(names)) or 'none'}"
                )
        return self

    def channel(self, name: str) -> ChannelSettings | None:
        """The channel of a name, if there is one."""
        return next((one for one in self.channels if one.name == name), None)

    def zone(self, channel: ChannelSettings) -> ZoneInfo:
        """By which clock a channel is quiet."""
        return ZoneInfo(channel.timezone or self.timezone)

    def channels_for(self, alerts: tuple[Alert, ...]) -> list[ChannelSettings]:
        """Every channel that one of the alerts goes to, in the order of the settings."""
        taken = {
            name
            for route in self.routes
            if any(route.takes(alert) for alert in alerts)
            for name in route.channels
        }
        return [one for one in self.channels if one.name in taken]
