"""What tests of the knowledge base's routes share: a small shelf, and the pages with a model."""

import json

from tests.support.books import Books
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_shelf import shelved

ENCODER = FakeEncoder()


def shelve(home, *documents, state="live", encoder=ENCODER):
    """A published ledger whose one release has these documents."""
    with Books(home).warehouse() as warehouse:
        with warehouse.transaction() as session:
            release = shelved(session, documents, encoder, state=state)
        warehouse.publish_copy()
    return release


def open_fake(release):
    """The model of the shelf's releases."""
    return FakeEncoder(release.model, release.precision, release.dimensions)


def client(monkeypatch, home, opened=open_fake):
    """Nobody's client of the pages over the ledger in ``home``, and the way to sign in."""
    from airflow.api_fastapi.app import init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from cloudledger_airflow.hooks.warehouse import WarehouseHook
    from cloudledger_airflow.views.app import create_app
    from cloudledger_airflow.views.encoders import Encoders
    from cloudledger_airflow.views.writer import one_at_a_time

    connection = {"conn_type": "duckdb", "host": str(home / "warehouse.duckdb")}
    monkeypatch.setenv("AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE", json.dumps(connection))
    writing = one_at_a_time(lambda: WarehouseHook(wait_seconds=0.2), 0.2)
    root = FastAPI()
    manager = init_auth_manager(root)
    root.mount(
        "/cloudledger",
        create_app(lambda: WarehouseHook().reading(), writing, dict, Encoders(opened)),
    )
    asker = TestClient(root, base_url="http://testserver/cloudledger/", follow_redirects=False)

    def token(name="keeper"):
        return manager.generate_jwt(SimpleAuthManagerUser(username=name, role="viewer"))

    return asker, token
