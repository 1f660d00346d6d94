"""The policies of remediation: what each wants, and what it cannot mean."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cloudledger.alerting.config import Clock, Texts, Zone
from cloudledger.governance.remediation.quota import limit_of

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


class WorkingHours(Part):
    """When people work, by the clock of a place."""

    timezone: Zone
    days: tuple[Day, ...] = Field(WEEK, min_length=1)
    begin: Clock = Field(alias="from")
    end: Clock = Field(alias="to", description="the first minute that is not worked")
    holidays: tuple[date, ...] = Field((), description="days that nobody works, as weekends")

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.begin >= self.end:
            raise ValueError(
                f"working hours from {self.begin:%H:%M} to {self.end:%H:%M} "
                "end before they begin; they are of one day"
            )
        if self.begin.tzinfo or self.end.tzinfo:
            raise ValueError("hours without an offset; timezone says it")
        if len(set(self.days)) < len(self.days):
            raise ValueError("a day is given twice")
        return self


class AfterHours(_Policy, WorkingHours):
    """Instances run in working hours only."""

    kind: Literal["after_hours"]
    start: bool = Field(True, description="whether what this policy stopped is started again")


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

    restart: Literal["never", "allowed"] = Field(
        "never", description="AWS: whether one that runs is stopped, resized and started again"
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
        if self.restart == "allowed" and self.cloud == "oci":
            raise ValueError(
                f"policy {self.name}: restart is of AWS; OCI reboots an instance in any case"
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


class Always(Part):
    """At any time."""

    kind: Literal["always"] = "always"


class OutsideHours(WorkingHours):
    """Outside of working hours; in them what was changed is put back."""

    kind: Literal["outside_hours"]


class OnceOverBudget(Part):
    """Once so much of a budget is spent; what was changed is put back when that is over."""

    kind: Literal["over_budget"]
    budgets: Texts = Field((), description="names of the file's budgets; none: all of the account")
    percent: float = Field(100, gt=0, le=1000)


class AutoscalingBounds(_Policy):
    """Groups that scale by themselves are given bounds; none is made larger than it is."""

    kind: Literal["autoscaling_bounds"]
    min: int | None = Field(None, ge=0, description="instances")
    max: int | None = Field(None, ge=0, description="instances")
    desired: int | None = Field(
        None, ge=0, description="instances, where no scaling policy decides"
    )
    target: Decimal | None = Field(None, gt=0, description="what it scales by, such as a CPU's %")
    when: Always | OutsideHours | OnceOverBudget = Field(Always(), discriminator="kind")

    @property
    def asked(self) -> dict[str, int | Decimal]:
        """The bounds that are given, by their names in documents."""
        given = {"min": self.min, "max": self.max, "desired": self.desired, "target": self.target}
        return {name: value for name, value in given.items() if value is not None}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.asked:
            raise ValueError(f"policy {self.name}: it has to give min, max, desired or target")
        counts = [one for one in (self.min, self.desired, self.max) if one is not None]
        if counts != sorted(counts):
            raise ValueError(f"policy {self.name}: min <= desired <= max does not hold")
        return self


class QuotaFreeze(_Policy):
    """OCI: a quota keeps anything new from being made in compartments, in an emergency: once so
    much of a budget is spent, while a critical anomaly stands, or when a person asks for it.
    """

    kind: Literal["quota_freeze"]
    statements: tuple[Annotated[str, AfterValidator(limit_of)], ...] = Field(
        ("zero compute-core quotas", "zero compute-memory quotas"),
        min_length=1,
        max_length=20,
        description="what is limited, in the quotas' language, without the compartment",
    )
    budgets: Texts = Field((), description="names of the file's budgets; none: all of the account")
    percent: float | None = Field(None, gt=0, le=1000, description="spent; none: not by budget")
    anomalies: bool = Field(False, description="whether a critical one freezes, too")
    children: bool = Field(False, description="also one with compartments below it out of scope")

    @property
    def spent(self) -> OverBudget | None:
        """The policy by which its budgets are looked at."""
        if self.percent is None:
            return None
        return OverBudget(
            name=self.name,
            scopes=self.scopes,
            justification=self.justification,
            kind="over_budget",
            budgets=self.budgets,
            percent=self.percent,
        )

    @model_validator(mode="after")
    def _freezes(self) -> Self:
        if all(one.startswith("unset") for one in self.statements):
            raise ValueError(f"policy {self.name}: its statements limit nothing")
        if self.budgets and self.percent is None:
            raise ValueError(f"policy {self.name}: budgets need percent")
        return self


Policy = Annotated[
    AfterHours | Idle | Resize | AutoscalingBounds | OverBudget | CriticalAnomaly | QuotaFreeze,
    Field(discriminator="kind"),
]
