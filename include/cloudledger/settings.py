"""Every setting, typed, in one place. Secrets are not settings: they live in Airflow connections.

Read from ``CLOUDLEDGER_*`` environment variables, then from the YAML file that
``CLOUDLEDGER_CONFIG`` names (default ``config/cloudledger.yaml`` of the project). A relative path,
of that file or of the home, counts from the project's folder, so that every process means the same
one.
"""

from __future__ import annotations

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from cloudledger.knowledge.config import Knowledge
from cloudledger.load_source import LoadSource
from cloudledger.project import PROJECT, ProjectPath
from cloudledger.reports.formats import FORMATS, GIVEN

CONFIG = "config/cloudledger.yaml"


def _unrepeated(values: tuple[str, ...]) -> tuple[str, ...]:
    if repeated := [value for value, count in Counter(values).items() if count > 1]:
        raise ValueError(f"{', '.join(repeated)}: named more than once")
    return values


Name = Annotated[str, Field(min_length=1)]


class Source(BaseModel):
    """One place that cost reports arrive in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$", description="task group and ledger name")
    kind: Literal["oci_reports", "aws_export"]
    conn_id: Name
    bucket: Name
    namespace: Name = Field("bling", description="OCI only; Oracle delivers reports in `bling`")
    format: str = Field("auto", description="a report format, when the header must not decide")
    prefix: str = Field("", description="`reports/cost-csv/`, or an AWS export's `<prefix>/<name>`")
    given: dict[str, str] = Field({}, description="what its files do not say, by name")
    priority: int = Field(
        0, description="of two kinds of OCI report of a tenancy's day the higher one counts"
    )
    usage_api: bool = Field(False, description="whether `usage_collect` asks its usage API, too")
    usage_account: str = Field(
        "", description="the tenancy (the bucket's name if empty) or the AWS payer account"
    )
    usage_tags: Annotated[tuple[Name, ...], AfterValidator(_unrepeated)] = Field(
        (), description="`<namespace>.<key>` on OCI, a cost allocation tag on AWS; a call each"
    )

    @field_validator("format")
    @classmethod
    def _format_is_known(cls, value: str) -> str:
        if value not in (known := ("auto", *FORMATS)):
            raise ValueError(f"{value} is no report format; known are {', '.join(known)}")
        return value

    @field_validator("given")
    @classmethod
    def _given_is_asked_for(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := value.keys() - GIVEN:
            raise ValueError(
                f"{', '.join(sorted(unknown))}: no report format asks for it; those that are "
                f"asked for are {', '.join(GIVEN)}"
            )
        return value

    @property
    def report_format(self) -> str | None:
        """The one format to accept; ``None`` when the header tells."""
        return None if self.format == "auto" else self.format

    @property
    def provider(self) -> str:
        """The provider's partition in the lake."""
        return "aws" if self.kind == "aws_export" else "oracle"

    @property
    def usage_account_id(self) -> str:
        """The account that the usage API is asked about; empty for all of the provider's."""
        return self.usage_account or ("" if self.kind == "aws_export" else self.bucket)

    @model_validator(mode="after")
    def _export_has_prefix(self) -> Self:
        if self.kind == "aws_export" and not self.prefix:
            raise ValueError(f"source {self.name}: an aws_export needs its prefix, <prefix>/<name>")
        return self


class Settings(BaseSettings):
    """The settings of one installation.

    :raises pydantic.ValidationError: naming each setting that is wrong, and why.
    :raises FileNotFoundError: ``CLOUDLEDGER_CONFIG`` names no file.
    """

    model_config = SettingsConfigDict(
        env_prefix="CLOUDLEDGER_", extra="forbid", frozen=True, validate_default=True
    )

    home: ProjectPath = Field(
        Path(".local/ledger"), description="holds the lake and the DuckDB warehouse"
    )
    warehouse_conn_id: Name = "cloudledger_warehouse"
    tag_keys: Annotated[tuple[Name, ...], AfterValidator(_unrepeated)] = Field(
        ("cost_center", "environment", "owner"), description="the tags that daily_cost is kept by"
    )
    sources: tuple[Source, ...] = ()
    fail_on_set_aside: bool = Field(
        False, description="whether lines set aside end `cost_ingest` red, or are warned of"
    )
    fail_on_stall: bool = Field(
        True, description="whether a source that stopped to deliver ends `cost_ingest` red"
    )
    fail_on_focus_rules: bool = Field(
        False, description="whether lines that break a MUST of FOCUS end `cost_ingest` red"
    )

    usage_days_back: int = Field(
        90,
        ge=60,
        le=90,
        description="how many days before its end a run of `usage_collect` asks for",
    )
    usage_settled_days: int = Field(
        3, ge=0, description="how long after its end a day may still grow in reports or usage API"
    )
    usage_tolerance: Decimal = Field(
        Decimal("0.01"), ge=0, description="unexplained cost of a day and service not warned of"
    )
    usage_services: dict[str, str] = Field(
        {}, description="further names of services: the usage API's, the reports'"
    )

    insights_forecaster: Literal[
        "smoothing", "linear_regression", "exponential_smoothing", "holt_winters"
    ] = Field("smoothing", description="what cost is forecast by")
    insights_detector: Literal[
        "residual", "z_score", "mad", "isolation_forest", "mad_and_forest", "seasonal_residual"
    ] = Field("residual", description="what anomalies are found by")
    insights_sensitivity: Literal["low", "balanced", "high"] = Field(
        "balanced", description="how many false alerts are borne: .01, .02, .04 a series and month"
    )
    insights_material_cost: Decimal = Field(
        Decimal(10), ge=0, description="an event of less excess, in its currency, alerts nobody"
    )
    insights_material_share: Decimal = Field(
        Decimal("0.1"), ge=0, description="nor does one of less than this share of what it expects"
    )
    insights_tag_keys: Annotated[tuple[Name, ...], AfterValidator(_unrepeated)] | None = Field(
        None, description="the tags that have series, of tag_keys; all of them if not given"
    )
    insights_history_days: int = Field(
        760, ge=45, le=1461, description="how many days back the models look"
    )
    insights_horizon_days: int = Field(
        90, ge=31, le=365, description="how many days ahead cost is forecast"
    )
    insights_keep_forecast_days: int = Field(
        120, ge=31, description="how long each day's forecasts are kept; later a month's first"
    )
    insights_hourly_weeks: int = Field(
        8, ge=3, le=26, description="how many weeks back cost is read by the hour"
    )

    load_sources: tuple[LoadSource, ...] = Field(
        (), description="loads by the hour that `capacity_plan` plans units for"
    )
    capacity_schedule: Name = Field("0 * * * *", description="when it does, as cron in UTC")

    governance_file: ProjectPath = Field(
        Path("config/governance.yaml"), description="what is governed: accounts, budgets, ..."
    )
    governance_dry_run: bool = Field(
        True, description="whether plans are only made and shown, and no account is changed"
    )
    governance_approval: Literal["person", "policy"] = Field(
        "person", description="whether a person approves each plan in Airflow, or this setting does"
    )
    governance_approval_hours: int = Field(
        48, ge=1, le=720, description="a plan that nobody approves for so long is rejected"
    )

    knowledge: Knowledge = Field(Knowledge(), description="documents that are searched by meaning")

    @property
    def series_tag_keys(self) -> tuple[str, ...]:
        """The tags that have series of their own."""
        return self.tag_keys if self.insights_tag_keys is None else self.insights_tag_keys

    @property
    def precedence(self) -> tuple[str, ...]:
        """The sources' names, the one that counts first before the others: by priority, then in
        the order that they are configured in."""
        ranked = sorted(self.sources, key=lambda source: -source.priority)
        return tuple(source.name for source in ranked)

    @property
    def lake(self) -> Path:
        """The Delta table of ledger lines."""
        return self.home / "lake"

    @property
    def warehouse(self) -> Path:
        """The embedded DuckDB warehouse."""
        return self.home / "warehouse.duckdb"

    @model_validator(mode="after")
    def _sources_have_names_of_their_own(self) -> Self:
        _unrepeated(tuple(source.name for source in self.sources))
        _unrepeated(tuple(source.name for source in self.load_sources))
        return self

    @model_validator(mode="after")
    def _series_are_of_kept_tags(self) -> Self:
        if unknown := set(self.series_tag_keys) - set(self.tag_keys):
            raise ValueError(
                f"insights_tag_keys {', '.join(sorted(unknown))}: daily_cost is not kept by it; "
                "name it in tag_keys, too"
            )
        return self

    @model_validator(mode="after")
    def _usage_is_asked_once(self) -> Self:
        asked = [source for source in self.sources if source.usage_api]
        accounts = Counter((source.provider, source.usage_account_id) for source in asked)
        for source in asked:
            alone = sum(other.provider == source.provider for other in asked) == 1
            account = source.usage_account_id
            if accounts[source.provider, account] > 1 or not (account or alone):
                raise ValueError(
                    f"source {source.name}: another source asks the same usage API; give each "
                    "its usage_account, or usage_api to one of them"
                )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the YAML file."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, config_file())


def config_file() -> Path:
    """The YAML file that is read; the default one may be missing.

    :raises FileNotFoundError: ``CLOUDLEDGER_CONFIG`` names no file.
    """
    named = os.environ.get("CLOUDLEDGER_CONFIG")
    path = PROJECT / Path(named or CONFIG).expanduser()
    if named and not path.is_file():
        raise FileNotFoundError(f"CLOUDLEDGER_CONFIG={named}: there is no file {path}")
    return path
