"""What is governed and how: ``config/governance.yaml``, typed.

Nothing here is a secret: accounts name the Airflow connections that hold them.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cloudledger.alerting.config import Notifications
from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.governance.remediation.config import Remediation
from cloudledger.governance.tags.config import Tags


class UnreadableFile(ValueError):
    """The file cannot be meant: where, and what is wrong."""


class Section(BaseModel):
    """A part of the file: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AccountSettings(Section):
    """One tenancy or AWS payer account whose things may be governed."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    kind: Literal["oci", "aws"]
    conn_id: str = Field(min_length=1)
    account_id: str = Field(min_length=1, description="the tenancy's OCID, or the account number")
    billing_account_id: str = Field("", description="BillingAccountId in its reports, if another")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="its budgets are in it")

    @property
    def billed_as(self) -> str:
        """BillingAccountId of its lines."""
        return self.billing_account_id or self.account_id


class Rule(Section):
    """When to tell: so much of the budget was spent, or will have been by the end of the month."""

    type: Literal["ACTUAL", "FORECAST"]
    percent: Decimal = Field(gt=0, le=10_000)


class Scope(Section):
    """The part of an account's cost that a budget is of."""

    kind: Literal["total", "compartment", "account", "service", "tag"]
    value: str = ""
    key: str = Field("", description="a tag's key, as the ledger has it")
    cloud_key: str = Field("", description="as the cloud has it: <namespace>.<key> on OCI")
    cloud_value: str = Field("", description="the value, where the cloud has another: a service")
    includes: tuple[str, ...] = Field((), description="sub accounts that count to the value, too")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.kind == "total") == bool(self.value):
            raise ValueError(f"scope {self.kind}: {self.value or 'no value'}; a total has none")
        if (self.kind == "tag") != bool(self.key):
            raise ValueError(f"scope {self.kind}: a tag, and nothing else, needs its key")
        return self


class BudgetSettings(Section):
    """One budget that is wanted. What is not said here, ``budget_defaults`` say."""

    name: str = Field(pattern=r"^[^:\\\n]{1,100}$", description="of the budget in its account")
    account: str
    scope: Scope
    buffer: Decimal | None = Field(None, ge=0, le=10)
    round_to: int | None = Field(None, ge=1)
    floor: Decimal | None = Field(None, gt=0)
    ceiling: Decimal | None = Field(None, gt=0)
    owners: tuple[str, ...] = Field((), description="e-mail addresses")
    topics: tuple[str, ...] = Field((), description="SNS topics, AWS only")
    rules: tuple[Rule, ...] = ()
    adopt: bool = Field(False, description="take over the budget of that name, whoever made it")

    @model_validator(mode="after")
    def _floor_is_below(self) -> Self:
        if self.floor and self.ceiling and self.floor > self.ceiling:
            raise ValueError(f"budget {self.name}: its floor is above its ceiling")
        return self


RULES = (
    Rule(type="ACTUAL", percent=Decimal(70)),
    Rule(type="ACTUAL", percent=Decimal(90)),
    Rule(type="FORECAST", percent=Decimal(100)),
)


class BudgetDefaults(Section):
    """What holds for every budget that says nothing else."""

    buffer: Decimal = Field(Decimal("0.1"), ge=0, le=10, description="on the upper bound")
    level: Literal[50, 80, 95] = 95
    """Percent that the bound covers."""
    round_to: int = Field(10, ge=1, description="upwards, to a multiple of it")
    steady: Decimal = Field(
        Decimal("0.05"), ge=0, lt=1, description="a wanted amount as near as this changes nothing"
    )
    rules: tuple[Rule, ...] = Field(RULES, min_length=1)
    owners: tuple[str, ...] = Field((), description="e-mail addresses")


class Governance(Section):
    """The whole file.

    :raises pydantic.ValidationError: naming each thing that is wrong, and why.
    """

    accounts: tuple[AccountSettings, ...] = ()
    budget_defaults: BudgetDefaults = BudgetDefaults()
    budgets: tuple[BudgetSettings, ...] = ()
    chargeback: Chargeback = Chargeback()
    notifications: Notifications = Notifications()
    tags: Tags = Tags()
    remediation: Remediation = Remediation()

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> Self:
        accounts = {account.name: account for account in self.accounts}
        if len(accounts) < len(self.accounts):
            raise ValueError("accounts: a name is given twice")
        if len({(one.account, one.name) for one in self.budgets}) < len(self.budgets):
            raise ValueError("budgets: a name is given twice in one account")
        for budget in self.budgets:
            if budget.account not in accounts:
                raise ValueError(f"budget {budget.name}: there is no account {budget.account}")
            _check_kind(budget, accounts[budget.account])
        self.remediation.check_file(
            {name: one.kind for name, one in accounts.items()},
            {one.name: one.scope.cloud_key or one.scope.key for one in self.budgets},
        )
        return self

    def account(self, name: str) -> AccountSettings:
        """The account of a name.

        :raises KeyError: there is none.
        """
        return {one.name: one for one in self.accounts}[name]


def _check_kind(budget: BudgetSettings, account: AccountSettings) -> None:
    held = {"oci": ("total", "compartment", "tag"), "aws": ("total", "account", "service", "tag")}
    if budget.scope.kind not in held[account.kind]:
        raise ValueError(
            f"budget {budget.name}: {account.kind} has no budgets by {budget.scope.kind}, "
            f"only by {', '.join(held[account.kind])}"
        )
    if account.kind == "oci" and budget.topics:
        raise ValueError(f"budget {budget.name}: OCI's alert rules send e-mail only, no topics")
    if budget.scope.kind == "tag" and account.kind == "oci" and "." not in budget.scope.cloud_key:
        raise ValueError(f"budget {budget.name}: OCI needs cloud_key: <namespace>.<key>")


def governance(path: Path) -> Governance:
    """The file, or the defaults (which govern nothing) where there is none.

    :raises UnreadableFile: it is no YAML, no mapping, or says what it cannot mean.
    """
    if not path.is_file():
        return Governance()
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if not isinstance(told, dict):
            raise UnreadableFile(f"{path}: holds a {type(told).__name__}, not names and values")
        return Governance.model_validate(told)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}"
            for each in error.errors()
        ]
        raise UnreadableFile(f"{path}: {'; '.join(wrong)}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: {error}") from error
