"""An Airflow of its own for these tests: set up before anything imports Airflow."""

import json
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(tempfile.mkdtemp(prefix="cloudledger-airflow-"))
CONFIG = HOME / "cloudledger.yaml"
CONFIG.write_text(
    json.dumps(
        {
            "sources": [
                {
                    "name": "oci",
                    "kind": "oci_reports",
                    "conn_id": "oci_default",
                    "bucket": "ocid1.tenancy.oc1..local",
                    "prefix": "reports/",
                    "usage_api": True,
                    "usage_tags": ["cost_center"],
                },
                {
                    "name": "aws",
                    "kind": "aws_export",
                    "conn_id": "aws_default",
                    "bucket": "cost-exports",
                    "prefix": "exports/ledger",
                    "usage_api": True,
                },
            ],
            "load_sources": [
                {
                    "name": "chat",
                    "conn_id": "aws_default",
                    "uri": "s3://metrics/bedrock/",
                    "layout": "bedrock",
                    "capacity_per_unit": 400000,
                }
            ],
        }
    )
)
os.environ.update(
    AIRFLOW_HOME=str(HOME),
    AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS="True",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME / 'airflow.db'}",
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(HOME / "logs"),
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE='{"conn_type": "duckdb"}',
    CLOUDLEDGER_CONFIG=str(CONFIG),
    CLOUDLEDGER_HOME=str(HOME / "ledger"),
)

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def _no_home_left():
    yield
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def airflow_db():
    """Airflow's metadata database, made from its models."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="session")
def manifest(tmp_path_factory):
    """The sample reports of two weeks."""
    from localcloud.samples.generate import generate

    return generate(tmp_path_factory.mktemp("samples"), days=14, end=date(2026, 3, 15))


@pytest.fixture
def clouds(tmp_path, manifest, monkeypatch):
    """Empty local clouds and an empty ledger, which Airflow finds by the environment."""
    from local_runs import local_clouds

    with local_clouds(tmp_path, manifest) as clouds:
        for name, value in clouds.environment.items():
            monkeypatch.setenv(name, value)
        yield clouds


@pytest.fixture
def take_in(clouds, manifest, root, shared, airflow_db):
    """Delivers the samples, and fills the empty ledger with what one run of cost_ingest makes of
    them: a run of this session's, of which each test gets a copy."""
    from local_runs import fill

    from tests.support.once import once

    def take_in(until=None):
        clouds.load(manifest, until=until)
        name = f"ledger until {until:%m-%d %H}" if until else "ledger"
        made = once(shared / name, lambda home: fill(home, manifest, root))
        shutil.copytree(made, os.environ["CLOUDLEDGER_HOME"])

    return take_in


@pytest.fixture(scope="module")
def airflow(airflow_db):
    """Airflow's own authentication, and the pages mounted the way Airflow does it."""
    from airflow.api_fastapi.app import init_auth_manager
    from fastapi import FastAPI

    from cloudledger_airflow import views

    root = FastAPI()
    root.state.manager = init_auth_manager(root)
    for entry in views.fastapi_apps:
        root.mount(entry["url_prefix"], entry["app"])
    return root


@pytest.fixture
def stranger(airflow, tmp_path, monkeypatch):
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE",
        f'{{"conn_type": "duckdb", "host": "{tmp_path / "warehouse.duckdb"}"}}',
    )
    from starlette.testclient import TestClient

    return TestClient(airflow, base_url="http://testserver/cloudledger/", follow_redirects=False)


@pytest.fixture
def viewer(airflow, stranger):
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username="keeper", role="viewer")
    stranger.cookies.set("_token", airflow.state.manager.generate_jwt(user))
    return stranger
