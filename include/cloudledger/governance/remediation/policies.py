"""The policies of remediation: what each wants, and what it cannot mean."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloudledger.alerting.config import Clock, Texts, Zone

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEK = DAYS[:5]

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=64)]


class Part(BaseModel):
    """A part of the section; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _Policy(Part):
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


class Resize(_Policy):
    """Instances that were used below a percentage on each of the last days are made smaller: of
    OCI to a flexible shape's size, of AWS to an instance type.
    """

    kind: Literal["resize"]
    days: int = Field(ge=2, le=30)
    below_percent: float = Field(gt=0, le=50, description="of the CPU, a day's mean")
    ocpus: Decimal | None = Field(None, gt=0)
    memory_gb: Decimal | None = Field(None, gt=0)
    from_types: Texts = Field((), description="AWS: larger types, that may be changed")
    instance_type: str = Field(
        "", pattern=r"^([a-z0-9-]+\.[a-z0-9-]+)?$", description="AWS: wanted"
    )

    @property
    def cloud(self) -> str:
        """``oci`` or ``aws``."""
        return "aws" if self.instance_type else "oci"

    @model_validator(mode="after")
    def _is_of_one_cloud(self) -> Self:
        flexible = [self.ocpus is not None, self.memory_gb is not None]
        fixed = [bool(self.instance_type), bool(self.from_types)]
        if not (all(flexible) and not any(fixed)) and not (all(fixed) and not any(flexible)):
            raise ValueError(
                f"policy {self.name}: a size is ocpus and memory_gb (OCI), or instance_type and "
                "from_types (AWS)"
            )
        if self.instance_type in self.from_types:
            raise ValueError(f"policy {self.name}: from_types holds the wanted type")
        return self


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


Policy = Annotated[
    AfterHours | Idle | Resize | OverBudget | CriticalAnomaly, Field(discriminator="kind")
]
