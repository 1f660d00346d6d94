import json

import pytest
from oci.object_storage import ObjectStorageClient

from cloudledger_airflow.exceptions import UnusableConnection
from cloudledger_airflow.hooks.oci import OciHook
from localcloud.oci.identity import new_key
from localcloud.oci.server import serve


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("oci")) as cloud:
        yield cloud


@pytest.fixture
def connect(cloud, monkeypatch):
    """A hook over a connection whose fields can be changed."""

    def connect(password="", login=None, **changes):
        config = cloud.config
        extra = {
            "auth": "api_key",
            "tenancy": config["tenancy"],
            "region": config["region"],
            "fingerprint": config["fingerprint"],
            "key_content": config["key_content"],
            "service_endpoint": cloud.endpoint,
        }
        connection = {
            "conn_type": "oci",
            "login": config["user"] if login is None else login,
            "password": password,
            "extra": {
                name: value for name, value in (extra | changes).items() if value is not None
            },
        }
        monkeypatch.setenv("AIRFLOW_CONN_OCI_TEST", json.dumps(connection))
        return OciHook("oci_test")

    return connect


def test_a_key_given_as_content_signs_requests(connect):
    works, message = connect().test_connection()
    assert works, message
    assert "api_key" in message


def test_a_key_on_one_line_signs_requests(connect, cloud):
    hook = connect(key_content=cloud.config["key_content"].replace("\n", "\\n"))
    assert hook.test_connection()[0]


def test_a_key_file_signs_requests(connect, cloud):
    assert connect(key_content=None, key_file=cloud.config["key_file"]).test_connection()[0]


def test_a_foreign_key_is_refused(connect):
    works, message = connect(key_content=new_key()).test_connection()
    assert not works
    assert "401" in message


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"auth": None}, "names no `auth`"),
        ({"auth": "user_principal"}, "is no way to authenticate"),
        ({"fingerprint": None}, "needs fingerprint"),
        ({"login": ""}, "needs user"),
        ({"key_content": None}, "exactly one of key_file and key_content"),
        ({"key_content": "no key"}, "PEM"),
        ({"tenancy_id": "x"}, "unknown fields tenancy_id"),
        ({"auth": "security_token"}, "needs security_token_file"),
    ],
)
def test_a_connection_that_cannot_work_says_what_it_lacks_and_uses_no_other_way(
    connect, changes, told
):
    hook = connect(**changes)
    with pytest.raises(UnusableConnection, match="connection 'oci_test'") as caught:
        hook.client(ObjectStorageClient)
    assert told in str(caught.value)
    assert hook.test_connection() == (False, str(caught.value))


def test_principals_take_no_key(connect):
    with pytest.raises(UnusableConnection, match="takes no"):
        connect(auth="instance_principal").client(ObjectStorageClient)


def test_a_resource_principal_outside_of_oci_does_not_become_an_api_key(connect, monkeypatch):
    monkeypatch.delenv("OCI_RESOURCE_PRINCIPAL_VERSION", raising=False)
    nothing = dict.fromkeys(("tenancy", "fingerprint", "key_content"))
    hook = connect(login="", auth="resource_principal", **nothing)
    with pytest.raises(UnusableConnection):
        hook.client(ObjectStorageClient)


def test_every_client_retries(connect, cloud):
    cloud.faults.throttle(2)
    assert connect().test_connection()[0]


def test_an_object_store_lists_the_bucket(connect, cloud, delivered):
    cloud.put_object("bling", "reports", "a.csv.gz", b"x", delivered)
    (found,) = connect().object_store("bling", "reports", "oci").list("")
    assert (found.uri, found.source) == ("oci://bling/reports/a.csv.gz", "oci")


@pytest.fixture
def delivered():
    from datetime import UTC, datetime

    return datetime(2026, 3, 1, 4, tzinfo=UTC)
