"""How a month's bill is charged to cost centers: the section ``chargeback`` of the settings."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloudledger import exact
from cloudledger.governance.chargeback.split import UNIT_DECIMALS
from cloudledger.project import ProjectPath

Text = Annotated[str, Field(min_length=1, max_length=128)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Account = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
CostColumn = Literal["billed_cost", "effective_cost", "contracted_cost", "list_cost"]


class ChargebackRefused(ValueError):
    """A month cannot be charged back: where, what is wrong, and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Center(_Part):
    """A cost center: its code is what the tag says."""

    code: Code
    name: Text
    owner: Text
    account: Account | None = Field(None, description="of its journal lines, if not the journal's")


class Select(_Part):
    """Which charges a pool takes: those that meet everything that is given."""

    providers: tuple[Text, ...] = Field((), description="ProviderName")
    services: tuple[Text, ...] = Field((), description="ServiceName")
    sub_accounts: tuple[Text, ...] = Field((), description="SubAccountId")
    charge_categories: tuple[Text, ...] = Field((), description="ChargeCategory, such as Tax")
    tags: dict[Text, tuple[Text, ...]] = Field({}, description="values by key")

    @model_validator(mode="after")
    def _selects_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError(
                "select: name providers, services, sub_accounts, charge_categories or tags"
            )
        return self


class Usage(_Part):
    """In proportion to what the centers cost directly, of what is named or in all."""

    by: Literal["usage"]
    providers: tuple[Text, ...] = ()
    services: tuple[Text, ...] = ()
    among: tuple[Code, ...] = Field((), description="the centers that share it; all if not given")


class Even(_Part):
    """To each center the same."""

    by: Literal["even"]
    among: tuple[Code, ...] = Field((), description="the centers that share it; all if not given")


class Fixed(_Part):
    """By percentages that add up to 100."""

    by: Literal["fixed"]
    percent: dict[Code, Annotated[Decimal, Field(ge=0, le=100)]]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = exact.total(self.percent.values())
        if total != 100:
            raise ValueError(f"fixed percentages add up to {exact.digits(total)}, not to 100")
        if any(_decimals(one) > UNIT_DECIMALS for one in self.percent.values()):
            raise ValueError(f"fixed percentages have at most {UNIT_DECIMALS} decimals")
        return self


class Driver(_Part):
    """In proportion to the units that the driver table has for the month."""

    by: Literal["driver"]
    driver: Text


Split = Annotated[Usage | Even | Fixed | Driver, Field(discriminator="by")]


class Pool(_Part):
    """A shared cost, and how it is split; of two pools that take a charge the first one has it."""

    name: Text
    select: Select
    split: Split
    first_month: Month | None = None
    last_month: Month | None = None

    def holds_in(self, month: date) -> bool:
        """Whether the pool is one of a month's."""
        told = f"{month:%Y-%m}"
        return (self.first_month or told) <= told <= (self.last_month or told)

    @property
    def centers(self) -> tuple[str, ...]:
        """The cost centers that its split names."""
        if isinstance(self.split, Fixed):
            return tuple(self.split.percent)
        return () if isinstance(self.split, Driver) else self.split.among


class Journal(_Part):
    """The accounts of the ERP's journal."""

    clearing_account: Account = Field(description="the providers' invoices stand here; credited")
    expense_account: Account = Field(description="of direct cost, where a center has none")
    shared_account: Account | None = Field(None, description="of shared cost, if another")
    unassigned_account: Account = Field(description="of what no known center bears")
    unassigned_center: str = Field("", max_length=64, description="the ERP's center for it")


class Chargeback(_Part):
    """Who bears a month's cost. Without centers nothing is charged back.

    :raises pydantic.ValidationError: naming each thing that is wrong, and why.
    """

    tag_key: Text = Field("cost_center", description="the tag that names the center")
    cost: CostColumn = Field(
        "billed_cost", description="as invoiced: tax, credits and refunds, too"
    )
    centers: tuple[Center, ...] = ()
    pools: tuple[Pool, ...] = ()
    drivers: ProjectPath | None = Field(
        None, description="a CSV: month, driver, cost_center, units"
    )
    journal: Journal | None = None
    close_after_days: int | None = Field(
        None, ge=1, le=365, description="a run so long after a month's end closes it; else by hand"
    )
    look_back_months: int = Field(
        3, ge=0, le=36, description="how many earlier months a run looks at for late data"
    )

    @property
    def codes(self) -> tuple[str, ...]:
        """The cost centers' codes, in the order of the settings."""
        return tuple(center.code for center in self.centers)

    @model_validator(mode="after")
    def _names_are_known_and_unique(self) -> Self:
        for what, names in (
            ("center", [code.casefold() for code in self.codes]),
            ("pool", [pool.name for pool in self.pools]),
        ):
            if repeated := [name for name, count in Counter(names).items() if count > 1]:
                raise ValueError(f"{what} {', '.join(repeated)}: given more than once")
        for pool in self.pools:
            self._check(pool)
        return self

    def _check(self, pool: Pool) -> None:
        if unknown := sorted(set(pool.centers) - set(self.codes)):
            raise ValueError(
                f"pool {pool.name}: no cost center {', '.join(unknown)}; {self._known}"
            )
        if repeated := [code for code, count in Counter(pool.centers).items() if count > 1]:
            raise ValueError(f"pool {pool.name}: {', '.join(repeated)} given more than once")
        if isinstance(pool.split, Driver) and not self.drivers:
            raise ValueError(f"pool {pool.name}: drivers names no table")
        if pool.first_month and pool.last_month and pool.last_month < pool.first_month:
            raise ValueError(f"pool {pool.name}: its last_month is before its first_month")
        if not self.centers:
            raise ValueError(f"pool {pool.name}: there are no centers to share it")

    @property
    def _known(self) -> str:
        return f"known are {', '.join(self.codes)}"


def first_of(month: str) -> date:
    """The first day of a month such as ``2026-10``.

    :raises ChargebackRefused: it is no month.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ChargebackRefused(f"{month!r} is no month, such as 2026-10")
    return date.fromisoformat(f"{month}-01")


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
