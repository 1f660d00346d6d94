"""Every way to sign, against a cloud that verifies; and what is said when one cannot."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oci
import pytest
from cryptography.hazmat.primitives import serialization

from cloudledger.clouds.oci.auth import OciAuth, OciAuthError, config_and_signer
from cloudledger.clouds.oci.clients import client
from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import new_key
from localcloud.oci.server import serve
from tests.support.local_oci import QUICK

REGION = "eu-frankfurt-1"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("oci")) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def key() -> str:
    return new_key()


def namespace(cloud: Cloud, auth: OciAuth) -> Any:
    sdk = client(oci.object_storage.ObjectStorageClient, auth, cloud.endpoint)
    return sdk.get_namespace().data


def api_key(cloud: Cloud, **other: str | None) -> OciAuth:
    values = {k: v for k, v in cloud.config.items() if k != "key_content"}
    return OciAuth("api_key", **values | other)


def test_an_api_key_signs_from_a_file_or_from_its_text(cloud: Cloud) -> None:
    assert namespace(cloud, api_key(cloud)) == "local"
    text = cloud.config["key_content"]
    assert namespace(cloud, api_key(cloud, key_file=None, key_content=text)) == "local"


def test_an_encrypted_api_key_needs_its_pass_phrase(cloud: Cloud) -> None:
    plain = cloud.config["key_content"].encode()
    encrypted = (
        serialization.load_pem_private_key(plain, None)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"open"),
        )
        .decode()
    )
    auth = api_key(cloud, key_file=None, key_content=encrypted, pass_phrase="open")
    assert namespace(cloud, auth) == "local"
    with pytest.raises(OciAuthError, match=r"api_key: the key is encrypted; give its pass_phrase"):
        config_and_signer(api_key(cloud, key_file=None, key_content=encrypted))
    with pytest.raises(OciAuthError, match=r"passphrase is incorrect"):
        config_and_signer(
            api_key(cloud, key_file=None, key_content=encrypted, pass_phrase="closed")
        )


def test_a_session_token_signs(cloud: Cloud, key: str, tmp_path: Path) -> None:
    cloud.register("ST$session", key)
    (tmp_path / "token").write_text("session\n")
    (tmp_path / "key.pem").write_text(key)
    auth = OciAuth(
        "security_token",
        region=REGION,
        tenancy=cloud.config["tenancy"],
        security_token_file=str(tmp_path / "token"),
        key_file=str(tmp_path / "key.pem"),
    )
    assert namespace(cloud, auth) == "local"


def test_a_resource_principal_signs_with_what_its_environment_holds(
    cloud: Cloud, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = {"exp": int(time.time()) + 600, "res_tenant": cloud.config["tenancy"]}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    token = f"e30.{body}.e30"
    cloud.register(f"ST${token}", key)
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2")
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_RPST", token)
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", key)
    monkeypatch.setenv("OCI_RESOURCE_PRINCIPAL_REGION", REGION)
    assert namespace(cloud, OciAuth("resource_principal")) == "local"


def test_a_resource_principal_outside_of_one_is_refused_not_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OCI_RESOURCE_PRINCIPAL_VERSION", raising=False)
    with pytest.raises(OciAuthError, match=r"resource_principal: .*OCI_RESOURCE_PRINCIPAL_VERSION"):
        config_and_signer(OciAuth("resource_principal"))


def test_an_instance_principal_outside_of_an_instance_is_refused_not_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OCI_METADATA_BASE_URL", "http://127.0.0.1:9/opc/v2")
    monkeypatch.setattr("cloudledger.clouds.oci.auth.METADATA_RETRY", QUICK)
    with pytest.raises(OciAuthError, match=r"instance_principal: .*choose the kind that fits"):
        config_and_signer(OciAuth("instance_principal"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "guess"}, "'guess' is no way to authenticate; use one of api_key"),
        (
            {"kind": "api_key", "region": REGION},
            "api_key needs tenancy, user, fingerprint, exactly one of key_file and key_content",
        ),
        ({"kind": "security_token", "key_file": "k"}, "needs region, tenancy, security_token_file"),
        (
            {"kind": "instance_principal", "user": "u", "key_content": "k"},
            "instance_principal takes no user, key_content; remove it",
        ),
    ],
)
def test_what_is_missing_or_too_much_is_named(values: dict[str, Any], said: str) -> None:
    with pytest.raises(OciAuthError, match=said):
        OciAuth(**values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"key_file": "/nowhere/key.pem"}, r"/nowhere/key\.pem does not exist"),
        ({"key_file": None, "key_content": "not a key"}, r"not a private key.* in PEM form"),
        ({"fingerprint": "12:34"}, "fingerprint is malformed"),
    ],
)
def test_what_does_not_serve_is_named(
    cloud: Cloud, values: dict[str, str | None], said: str
) -> None:
    with pytest.raises(OciAuthError, match=said):
        client(oci.object_storage.ObjectStorageClient, api_key(cloud, **values))


def test_a_key_never_shows(cloud: Cloud) -> None:
    secret = cloud.config["key_content"]
    auth = api_key(cloud, key_file=None, key_content=secret, pass_phrase="open")
    assert "PRIVATE KEY" not in repr(auth)
    assert "open" not in repr(auth)


def test_each_client_has_its_own_circuit_breaker(cloud: Cloud) -> None:
    first, second = (
        client(oci.budget.BudgetClient, api_key(cloud), cloud.endpoint) for _ in range(2)
    )
    names = {c.base_client.circuit_breaker_strategy.name for c in (first, second)}
    assert len(names) == 2
    assert first.retry_strategy is oci.retry.DEFAULT_RETRY_STRATEGY


def test_the_store_protocol_does_not_load_the_sdk() -> None:
    code = "import sys, cloudledger.clouds.object_store; sys.exit('oci' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
