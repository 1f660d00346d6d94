"""The one Airflow plugin, registered by the ``airflow.plugins`` entry point."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from cloudledger_airflow import views


class CloudledgerPlugin(AirflowPlugin):
    """The ledger's pages in Airflow. What else the package brings, its provider names."""

    name = "cloudledger"
    fastapi_apps = views.fastapi_apps
    external_views = views.external_views
