"""Oracle Cloud Infrastructure by an Airflow connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.sdk import BaseHook

from cloudledger_airflow.exceptions import UnusableConnection

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from cloudledger.clouds.oci.auth import OciAuth
    from cloudledger.clouds.oci.object_storage import OciObjectStore

Client = TypeVar("Client")

EXTRA_FIELDS = {
    "auth",
    "tenancy",
    "region",
    "fingerprint",
    "key_content",
    "key_file",
    "security_token_file",
    "service_endpoint",
}


class OciHook(BaseHook):
    """Clients of OCI services, signed the one way that the connection names.

    The connection's login is the user's OCID and its password the key's pass phrase; its extra
    holds ``auth`` (api_key, instance_principal, resource_principal or security_token) and what
    that kind needs. Nothing is read from ``~/.oci/config``.

    :param oci_conn_id: the Airflow connection, of type ``oci``.
    """

    conn_name_attr = "oci_conn_id"
    default_conn_name = "oci_default"
    conn_type = "oci"
    hook_name = "Oracle Cloud Infrastructure"

    def __init__(self, oci_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.oci_conn_id = oci_conn_id

    @cached_property
    def connection(self) -> Connection:
        """The Airflow connection."""
        return self.get_connection(self.oci_conn_id)

    @cached_property
    def auth(self) -> OciAuth:
        """How requests are signed.

        :raises UnusableConnection: naming what the connection lacks or has too much.
        """
        from cloudledger.clouds.oci.auth import OciAuth, OciAuthError

        extra = self._extra
        if not extra.get("auth"):
            raise self._unusable(
                "its extra names no `auth`; set it to api_key, instance_principal, "
                "resource_principal or security_token"
            )
        try:
            return OciAuth(
                kind=extra["auth"],
                region=extra.get("region") or None,
                tenancy=extra.get("tenancy") or None,
                user=self.connection.login or None,
                fingerprint=extra.get("fingerprint") or None,
                key_file=extra.get("key_file") or None,
                key_content=_pem(extra.get("key_content")),
                pass_phrase=self.connection.password or None,
                security_token_file=extra.get("security_token_file") or None,
            )
        except OciAuthError as error:
            raise self._unusable(str(error)) from error

    def client(self, cls: type[Client]) -> Client:
        """A client of ``cls``, such as ``oci.budget.BudgetClient``, that retries and times out.

        :raises UnusableConnection: when its requests could not be signed.
        """
        from cloudledger.clouds.oci.auth import OciAuthError
        from cloudledger.clouds.oci.clients import client

        try:
            return client(cls, self.auth, self._extra.get("service_endpoint") or None)
        except OciAuthError as error:
            raise self._unusable(str(error)) from error

    def object_store(self, namespace: str, bucket: str, source: str) -> OciObjectStore:
        """A bucket as the ledger sees it.

        :param namespace: the Object Storage namespace; Oracle delivers cost reports in ``bling``.
        :param bucket: the bucket; for cost reports it is named by the tenancy's OCID.
        :param source: the ledger's name of the source, kept with each object.
        """
        from oci.object_storage import ObjectStorageClient

        from cloudledger.clouds.oci.object_storage import OciObjectStore

        return OciObjectStore(self.client(ObjectStorageClient), namespace, bucket, source)

    def test_connection(self) -> tuple[bool, str]:
        """Whether OCI accepts a signed request, with its answer or the reason it refused."""
        from oci.exceptions import RequestException, ServiceError
        from oci.object_storage import ObjectStorageClient

        try:
            namespace = self.client(ObjectStorageClient).get_namespace().data
        except UnusableConnection as error:
            return False, str(error)
        except ServiceError as error:
            return False, f"OCI answered {error.status} {error.code}: {error.message}"
        except RequestException as error:
            return False, f"OCI cannot be reached: {error}"
        return True, f"signed by {self.auth.kind}; the Object Storage namespace is {namespace}"

    @cached_property
    def _extra(self) -> dict[str, Any]:
        extra: dict[str, Any] = self.connection.extra_dejson
        if unknown := sorted(extra.keys() - EXTRA_FIELDS):
            raise self._unusable(
                f"its extra has unknown fields {', '.join(unknown)}; "
                f"known are {', '.join(sorted(EXTRA_FIELDS))}"
            )
        return extra

    def _unusable(self, why: str) -> UnusableConnection:
        return UnusableConnection(f"connection {self.oci_conn_id!r}: {why}")


def _pem(text: str | None) -> str | None:
    # A form or an environment variable keeps a key on one line, its line ends written as \n.
    return text.replace("\\n", "\n") if text else None
