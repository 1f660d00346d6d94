"""Every setting, typed, in one place. Secrets are not settings: they live in Airflow connections.

Read from ``CLOUDLEDGER_*`` environment variables, then from the YAML file that
``CLOUDLEDGER_CONFIG`` names (default ``config/cloudledger.yaml``).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)


class Source(BaseModel):
    """One place that cost reports arrive in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$", description="task group and ledger name")
    kind: Literal["oci_reports", "aws_export"]
    conn_id: str
    bucket: str
    namespace: str = Field("bling", description="OCI only; Oracle delivers reports in `bling`")
    prefix: str = Field("", description="`reports/cost-csv/`, or an AWS export's `<prefix>/<name>`")


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="CLOUDLEDGER_", extra="forbid", frozen=True)

    home: Path = Field(Path(".local/ledger"), description="holds the lake and the DuckDB warehouse")
    warehouse_conn_id: str = "cloudledger_warehouse"
    tag_keys: tuple[str, ...] = Field(
        ("cost_center", "environment", "owner"), description="the tags that daily_cost is kept by"
    )
    sources: tuple[Source, ...] = ()

    @property
    def lake(self) -> Path:
        """The Delta table of ledger lines."""
        return self.home / "lake"

    @property
    def warehouse(self) -> Path:
        """The embedded DuckDB warehouse."""
        return self.home / "warehouse.duckdb"

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
        path = os.environ.get("CLOUDLEDGER_CONFIG", "config/cloudledger.yaml")
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls, path)
