"""The one Airflow plugin, registered by the ``airflow.plugins`` entry point."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from cloudledger_airflow import views
from cloudledger_airflow.links import OciBucketLink


class CloudledgerPlugin(AirflowPlugin):
    """The ledger's pages and links in Airflow."""

    name = "cloudledger"
    operator_extra_links = [OciBucketLink()]
    fastapi_apps = views.fastapi_apps
    external_views = views.external_views
