"""Which store an object lies in, and where the lake is: decided here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cloudledger.settings import Settings

if TYPE_CHECKING:
    from cloudledger.clouds.object_store import ObjectStore
    from cloudledger.lake.table import Lake


def object_store(uri: str, conn_id: str, source: str) -> ObjectStore:
    """The bucket that ``uri`` lies in, read with an Airflow connection.

    :param uri: ``oci://namespace/bucket/key`` or ``s3://bucket/key``.
    :param conn_id: a connection of type ``oci``, or one of type ``aws``.
    :param source: the ledger's name of the source.
    :raises ValueError: for another kind of URI.
    """
    scheme, _, rest = uri.partition("://")
    if scheme == "oci":
        from cloudledger_airflow.hooks.oci import OciHook

        namespace, bucket = rest.split("/")[:2]
        return OciHook(conn_id).object_store(namespace, bucket, source)
    if scheme == "s3":
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        from cloudledger.clouds.aws.s3 import S3ObjectStore

        return S3ObjectStore(S3Hook(conn_id).get_conn(), rest.split("/")[0], source)
    raise ValueError(f"{uri}: objects are read from oci:// and s3:// only")


def folder_or_bucket(uri: str, conn_id: str, source: str) -> ObjectStore:
    """As :func:`object_store`, and ``file:///folder`` for a folder that every worker mounts."""
    if not uri.startswith("file://"):
        return object_store(uri, conn_id, source)
    from cloudledger.clouds.local import LocalObjectStore

    return LocalObjectStore([Path(uri.removeprefix("file://"))], source)


def lake_at(path: str | None) -> Lake:
    """The lake in ``path``, or the settings' own; made when it is not there yet."""
    from cloudledger.lake.table import open_lake

    return open_lake(Path(path) if path else Settings().lake)
