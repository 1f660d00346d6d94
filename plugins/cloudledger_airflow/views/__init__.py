"""The ledger's pages in Airflow's interface: what the plugin registers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf

from cloudledger_airflow.views.lazy import LazyApp

PREFIX = "/cloudledger"
ROOT = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/") + PREFIX

fastapi_apps: list[dict[str, Any]] = [
    {"app": LazyApp(), "url_prefix": PREFIX, "name": "Cloudledger"}
]

external_views: list[dict[str, Any]] = [
    {
        "name": "Cost ledger",
        "href": f"{ROOT}/",
        "destination": "nav",
        "url_route": "cloudledger",
        "icon": f"{ROOT}/ledger.svg",
    }
]
