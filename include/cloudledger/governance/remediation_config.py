"""What may be stopped, started and tagged, and when: ``remediation`` of the governance file.

It is off until a person turns it on, and touches what the allow-list of scopes holds and no
protected tag keeps from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cloudledger.alerting.config import Clock, Texts, Zone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = DAYS[:5]

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=64)]
Tags = Mapping[str, Annotated[tuple[str, ...], BeforeValidator(lambda v: _listed(v))]]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Scope(_Part):
    """A part of an account whose instances may be changed: an entry of the allow-list."""

    name: Name
    account: str
    compartments: Texts = Field((), description="OCI: these, and none below them")
    sub_account: str = Field("", description="AWS: the number of the account that runs them")
    tags: Tags = Field({}, description="by key the values of which an instance needs one")
    conn_id: str = Field("", description="if not the account's: another region's")


class _Policy(_Part):
    name: Name
    scopes: Texts = Field(min_length=1)
    justification: str = Field(
        min_length=10, max_length=500, pattern=r"^[^\n]*$", description="why, for who approves"
    )


class AfterHours(_Policy):
    """Instances run in working hours only, by the clock of a place."""

    kind: Literal["after_hours"]
    timezone: Zone
    days: tuple[Day, ...] = Field(WEEK, min_length=1)
    begin: Clock = Field(alias="from")
    end: Clock = Field(alias="to", description="the first minute that is not worked")
    holidays: tuple[date, ...] = Field((), description="days that nobody works, as weekends")
    start: bool = Field(True, description="whether what this policy stopped is started again")

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.begin >= self.end:
            raise ValueError(
                f"policy {self.name}: working hours from {self.begin:%H:%M} to {self.end:%H:%M} "
                "end before they begin; they are of one day"
            )
        if self.begin.tzinfo or self.end.tzinfo:
            raise ValueError(f"policy {self.name}: hours without an offset; timezone says it")
        if len(set(self.days)) < len(self.days):
            raise ValueError(f"policy {self.name}: a day is given twice")
        return self


class Idle(_Policy):
    """Instances that were used below a percentage on each of the last days are stopped."""

    kind: Literal["idle"]
    days: int = Field(ge=2, le=30)
    below_percent: float = Field(gt=0, le=50, description="of the CPU, a day's mean")


class OverBudget(_Policy):
    """What a budget is of is tagged, and stopped only if so said, once so much is spent."""

    kind: Literal["over_budget"]
    budgets: Texts = Field((), description="names of the file's budgets; none: all of the account")
    percent: float = Field(100, gt=0, le=1000)
    stop: bool = False


class CriticalAnomaly(_Policy):
    """What a critical anomaly is of is tagged, and stopped only if so said."""

    kind: Literal["critical_anomaly"]
    stop: bool = False


Policy = Annotated[AfterHours | Idle | OverBudget | CriticalAnomaly, Field(discriminator="kind")]


class Limits(_Part):
    """How many instances are changed at most; what is more waits and is told."""

    per_run: int = Field(10, ge=1, le=200)
    per_hour: int = Field(20, ge=1, le=1000)


PROTECTED: Mapping[str, tuple[str, ...]] = {
    "protected": ("true",),
    "environment": ("prod", "production"),
}


class Remediation(_Part):
    """The section.

    :raises pydantic.ValidationError: naming each thing that is wrong, and why.
    """

    enabled: bool = False
    scopes: tuple[Scope, ...] = ()
    protected_tags: Tags = Field(
        PROTECTED, min_length=1, description="'*' is any value; case is all the same"
    )
    alert_tag: str = Field("cost_alerted", pattern=r"^[A-Za-z0-9_-]{1,100}$")
    trigger_tags: Texts = Field(
        (), description="further keys by which budgets and anomalies are known, as the cloud has it"
    )
    limits: Limits = Limits()
    wait_seconds: int = Field(
        45, ge=0, le=600, description="for one instance; one that takes longer is looked at later"
    )
    policies: tuple[Policy, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _check_unique("scopes", (one.name for one in self.scopes))
        _check_unique("policies", (one.name for one in self.policies))
        if any(one.name == UNDO for one in self.policies):
            raise ValueError(f"policies: {UNDO} is the name of what takes a plan back")
        allowed = {one.name for one in self.scopes}
        kept: set[str] = set()
        for policy in self.policies:
            for scope in policy.scopes:
                if scope not in allowed:
                    raise ValueError(
                        f"policy {policy.name}: {scope} is not in the allow-list; scopes has "
                        f"{', '.join(sorted(allowed)) or 'none'}"
                    )
                if isinstance(policy, AfterHours):
                    if scope in kept:
                        raise ValueError(f"policy {policy.name}: {scope} has working hours already")
                    kept.add(scope)
        for each in self.scopes:
            for key, values in each.tags.items():
                asked = [one for one in values if self.protects({key: one})]
                if asked:
                    raise ValueError(f"scope {each.name}: {key}={asked[0]} is a protected tag")
        return self

    def protects(self, tags: Mapping[str, str]) -> str | None:
        """The protected tag among those of a thing, as ``key=value``; None without one.

        A key also protects as a defined tag of any namespace (``Operations.environment``).
        """
        for key, value in tags.items():
            for name, values in self.protected_tags.items():
                if _is_key(key, name) and any(
                    one == "*" or one.casefold() == value.strip().casefold() for one in values
                ):
                    return f"{key}={value}"
        return None

    def governs(self, key: str) -> bool:
        """Whether the tags of a key are looked at at all."""
        asked = {self.alert_tag, *(name for scope in self.scopes for name in scope.tags)}
        asked |= set(self.trigger_tags)
        return key in asked or any(_is_key(key, name) for name in self.protected_tags)

    def scope(self, name: str) -> Scope:
        """:raises KeyError: the allow-list has none of that name (any more)."""
        return {one.name: one for one in self.scopes}[name]

    def check_file(self, kinds: Mapping[str, str], budgets: Mapping[str, str]) -> None:
        """Hold what is named here against the file's accounts and budgets.

        :param kinds: by account ``oci`` or ``aws``.
        :param budgets: by name the key of the tag that it is by; empty for other scopes.
        :raises ValueError: saying what does not fit.
        """
        for scope in self.scopes:
            kind = kinds.get(scope.account)
            if kind is None:
                raise ValueError(f"scope {scope.name}: there is no account {scope.account}")
            if (kind == "oci") != bool(scope.compartments) or (kind == "oci" and scope.sub_account):
                raise ValueError(
                    f"scope {scope.name}: one of OCI names its compartments, one of AWS none"
                )
        for policy in self.policies:
            for name in policy.budgets if isinstance(policy, OverBudget) else ():
                if name not in budgets:
                    raise ValueError(f"policy {policy.name}: there is no budget {name}")
                if (key := budgets[name]) and not self.governs(key):
                    raise ValueError(
                        f"policy {policy.name}: the budget {name} is by the tag {key}; "
                        "trigger_tags has to name it"
                    )


UNDO = "undo"


def _is_key(key: str, name: str) -> bool:
    return name.casefold() in (key.casefold(), key.casefold().rpartition(".")[2])


def _check_unique(where: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{where}: {name} is given twice")
        seen.add(name)
