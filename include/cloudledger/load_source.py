"""The settings of one load that capacity is planned for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from cloudledger.insights.load_columns import LAYOUTS, Gaps, LoadColumns
from cloudledger.insights.scaling import ScalingPolicy

Name = Annotated[str, Field(min_length=1)]


class LoadSource(BaseModel):
    """One load by the hour, in CSV or Parquet files of a bucket, and what serves it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$", max_length=128, description="the series' name")
    conn_id: Name
    uri: str = Field(
        pattern=r"^(s3://[^/]+|oci://[^/]+/[^/]+)/.*$",
        description="`s3://bucket/prefix` or `oci://namespace/bucket/prefix`",
    )
    layout: str = Field("plain", description="the columns of its files, by name")
    timestamp: str | None = Field(None, description="a column, other than the layout's")
    values: tuple[Name, ...] | None = Field(None, description="the columns that are added up")
    metric: str | None = Field(None, description="the column that names the metric")
    metrics: tuple[Name, ...] | None = Field(None, description="the metrics that are added up")
    gaps: Gaps | None = Field(None, description="an hour without a row: `unknown` or `zero`")
    where: dict[Name, str] = Field({}, description="only rows with these values, by column")
    history_days: int = Field(120, ge=7, le=365, description="objects of so many days are read")

    capacity_per_unit: Decimal = Field(gt=0, description="what a unit carries in an hour")
    units: int = Field(1, ge=0, description="what runs before the first plan")
    min_units: int = 1
    max_units: int | None = None
    target_utilisation: Decimal = Decimal("0.7")
    low_periods: int = 6
    lead_hours: int = 1
    quantile: Decimal = Decimal("0.95")
    horizon_hours: int = Field(168, ge=1, le=720)
    limit: Decimal | None = Field(None, gt=0, description="an hourly load to find the date of")

    @field_validator("layout")
    @classmethod
    def _layout_is_known(cls, value: str) -> str:
        if value not in LAYOUTS:
            raise ValueError(f"{value} is no layout of loads; known are {', '.join(LAYOUTS)}")
        return value

    @model_validator(mode="after")
    def _rules_can_be_kept(self) -> Self:
        _ = self.columns, self.policy
        return self

    @property
    def columns(self) -> LoadColumns:
        """The layout, with what is said otherwise."""
        names = ("timestamp", "values", "metric", "metrics", "gaps")
        given: dict[str, Any] = {name: getattr(self, name) for name in names}
        said = {name: value for name, value in given.items() if value is not None}
        return replace(LAYOUTS[self.layout], where=self.where, **said)

    @property
    def policy(self) -> ScalingPolicy:
        """The rules that its plans keep."""
        return ScalingPolicy(
            min_units=self.min_units,
            max_units=self.max_units,
            target_utilisation=float(self.target_utilisation),
            low_periods=self.low_periods,
            lead_hours=self.lead_hours,
            quantile=float(self.quantile),
        )

    @property
    def prefix(self) -> str:
        """What the keys of its objects begin with."""
        scheme, _, rest = self.uri.partition("://")
        return rest.split("/", 2 if scheme == "oci" else 1)[-1]
