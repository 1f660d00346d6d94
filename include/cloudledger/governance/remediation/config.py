"""What may be stopped, started, resized and tagged: ``remediation`` of the governance file.

It is off until a person turns it on, and touches what the allow-list of scopes holds and no
protected tag keeps from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from cloudledger.alerting.config import Texts
from cloudledger.governance.remediation.policies import (
    AfterHours,
    AutoscalingBounds,
    Name,
    OnceOverBudget,
    OverBudget,
    Part,
    Policy,
    QuotaFreeze,
    Resize,
)

Tags = Mapping[str, Annotated[tuple[str, ...], BeforeValidator(lambda v: _listed(v))]]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Scope(Part):
    """A part of an account whose instances may be changed: an entry of the allow-list."""

    name: Name
    account: str
    compartments: Texts = Field((), description="OCI: these, and none below them")
    sub_account: str = Field("", description="AWS: the number of the account that runs them")
    tags: Tags = Field({}, description="by key the values of which an instance needs one")
    conn_id: str = Field("", description="if not the account's: another region's")


class Limits(Part):
    """How many instances are changed at most; what is more waits and is told."""

    per_run: int = Field(10, ge=1, le=200)
    per_hour: int = Field(20, ge=1, le=1000)


PROTECTED: Mapping[str, tuple[str, ...]] = {
    "protected": ("true",),
    "environment": ("prod", "production"),
}


class Remediation(Part):
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
            if isinstance(policy, QuotaFreeze):
                _check_freeze(policy, [self.scope(one) for one in policy.scopes], kinds, budgets)
            if isinstance(policy, Resize):
                for name in policy.scopes:
                    if kinds[self.scope(name).account] != policy.cloud:
                        raise ValueError(
                            f"policy {policy.name}: its size is one of {policy.cloud}; the scope "
                            f"{name} is not"
                        )
            if isinstance(policy, AutoscalingBounds) and policy.target is not None:
                for name in policy.scopes:
                    whole = policy.target == policy.target.to_integral_value()
                    if kinds[self.scope(name).account] == "oci" and not whole:
                        raise ValueError(
                            f"policy {policy.name}: OCI's thresholds are whole; target is "
                            f"{policy.target}, and the scope {name} is of OCI"
                        )
            for name in budgets_of(policy):
                if name not in budgets:
                    raise ValueError(f"policy {policy.name}: there is no budget {name}")
                if (key := budgets[name]) and not self.governs(key):
                    raise ValueError(
                        f"policy {policy.name}: the budget {name} is by the tag {key}; "
                        "trigger_tags has to name it"
                    )


UNDO = "undo"


def budgets_of(policy: Policy) -> tuple[str, ...]:
    """The names of the budgets that a policy goes by."""
    when = policy.when if isinstance(policy, AutoscalingBounds) else policy
    return when.budgets if isinstance(when, OverBudget | OnceOverBudget) else ()


def _check_freeze(
    policy: QuotaFreeze,
    scopes: Iterable[Scope],
    kinds: Mapping[str, str],
    budgets: Mapping[str, str],
) -> None:
    for scope in scopes:
        if kinds[scope.account] != "oci" or scope.tags:
            raise ValueError(
                f"policy {policy.name}: what is frozen are whole compartments of OCI; the scope "
                f"{scope.name} is of {'some of their instances' if scope.tags else 'AWS'}"
            )
    for name in policy.budgets:
        if name not in budgets:
            raise ValueError(f"policy {policy.name}: there is no budget {name}")


def _is_key(key: str, name: str) -> bool:
    return name.casefold() in (key.casefold(), key.casefold().rpartition(".")[2])


def _check_unique(where: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{where}: {name} is given twice")
        seen.add(name)
