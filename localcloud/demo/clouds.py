"""The local clouds of the demo, with the sample reports in them."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from localcloud.aws.cloud import Cloud as AwsCloud
from localcloud.demo import places, processes
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.identity import identity
from localcloud.samples import Manifest, documents, generate, load, token_load
from localcloud.samples.usage_apis import load_usage_apis

START_SECONDS = 60
PLANTED = "planted"
MAKING = ("localcloud/samples", "localcloud/knowledge", "sql/schema")
"""Where the samples and the ledger's tables are made."""


def free_port(wanted: int = 0) -> int:
    """``wanted`` when nothing listens there, else any free port of 127.0.0.1."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def sample_reports() -> Manifest:
    """The sample reports; made anew, and the ledger begun anew, when the code for them changed."""
    made_by = places.SAMPLES / "made_by"
    code = _fingerprint(
        *(
            places.ROOT / name
            for name in ("localcloud/samples", "localcloud/knowledge", "sql/schema")
        )
    )
    if made_by.is_file() and made_by.read_text() == code:
        return Manifest.read(places.SAMPLES)
    for stale in (places.SAMPLES, places.OCI_ROOT, places.HOME / "ledger"):
        shutil.rmtree(stale, ignore_errors=True)
    manifest = generate(places.SAMPLES)
    made_by.write_text(code)
    return manifest


def _fingerprint(*folders: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return digest.hexdigest()


def plant_oci(manifest: Manifest) -> int:
    """Put the reports into the local OCI's folder, once; how many deliveries that took."""
    planted = places.OCI_ROOT / PLANTED
    if planted.is_file():
        return 0
    shutil.rmtree(places.OCI_ROOT, ignore_errors=True)
    cloud = OciCloud(places.OCI_ROOT)
    try:
        count = load(manifest, oci=cloud)
        load_usage_apis(manifest, oci=cloud.usage)
        documents.plant_company(cloud, _ended(manifest))
    finally:
        cloud.close()
    planted.touch()
    return count


def plant_aws(manifest: Manifest, address: str) -> int:
    """Put the reports into the running local AWS, which forgets them when it stops."""
    cloud = AwsCloud(address)
    load_usage_apis(manifest, aws=cloud)
    token_load.plant(cloud, _ended(manifest))
    documents.plant_manual(cloud, _ended(manifest))
    return load(manifest, aws=cloud)


def _ended(manifest: Manifest) -> datetime:
    return datetime.combine(manifest.end, datetime.min.time(), UTC)


def start(env: Mapping[str, str]) -> tuple[processes.Process, processes.Process]:
    """Start the local OCI and the local AWS, and wait until they listen."""
    oci_port, aws_port = free_port(), free_port()
    oci = _start("oci", ["--port", str(oci_port), "--root", str(places.OCI_ROOT)], oci_port, env)
    aws = _start("aws", ["--port", str(aws_port)], aws_port, env)
    deadline = time.monotonic() + START_SECONDS
    for process, port in ((oci, oci_port), (aws, aws_port)):
        while not _listens(port):
            processes.pause([process], deadline, process.name)
    return oci, aws


def connections(oci: processes.Process, aws: processes.Process) -> dict[str, str]:
    """The Airflow connections of the clouds and the warehouse, as ``AIRFLOW_CONN_*``."""
    profile = identity(places.OCI_ROOT).config
    return {
        "AIRFLOW_CONN_OCI_LOCAL": json.dumps(
            {
                "conn_type": "oci",
                "login": profile["user"],
                "extra": {
                    "auth": "api_key",
                    "tenancy": profile["tenancy"],
                    "region": profile["region"],
                    "fingerprint": profile["fingerprint"],
                    "key_file": profile["key_file"],
                    "service_endpoint": oci.address,
                },
            }
        ),
        "AIRFLOW_CONN_AWS_LOCAL": json.dumps(
            {
                "conn_type": "aws",
                "login": "local",
                "password": "local",
                "extra": {"region_name": "eu-central-1", "endpoint_url": aws.address},
            }
        ),
        "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE": json.dumps({"conn_type": "duckdb"}),
    }


def _start(name: str, arguments: list[str], port: int, env: Mapping[str, str]) -> processes.Process:
    return processes.start(
        places.PROCESSES,
        f"localcloud-{name}",
        [sys.executable, "-m", f"localcloud.{name}", *arguments],
        env,
        address=f"http://127.0.0.1:{port}",
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
