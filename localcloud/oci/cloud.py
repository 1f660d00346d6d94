"""The local cloud without its HTTP side: what tests and the demo plant, break and look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from localcloud.oci.autoscaling import Configurations
from localcloud.oci.compartments import Compartments
from localcloud.oci.compute import Instances
from localcloud.oci.faults import Faults
from localcloud.oci.gate import Calls
from localcloud.oci.identity import TENANCY, identity
from localcloud.oci.limits import Limits
from localcloud.oci.metrics import Metrics
from localcloud.oci.notifications import Notifications
from localcloud.oci.objects import Objects
from localcloud.oci.policy import Policy
from localcloud.oci.state import State, utc_now
from localcloud.oci.usage import Usage, cost_report_rows

NAMESPACE = "local"
"""The tenancy's own Object Storage namespace; cost reports stand in ``bling``."""


class Cloud:
    """One tenancy, kept in the folder ``root``; a restart finds it as it was."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = utc_now) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.state = State(root, clock)
        self.identity = identity(root)
        self.config = self.identity.config
        self.keys: dict[str, RSAPublicKey] = {self.identity.key_id: self.identity.public_key}
        self.objects = Objects(self.state, TENANCY)
        self.policy = Policy(self.state)
        self.usage = Usage(self.state)
        self.compartments = Compartments(self.state)
        self.instances = Instances(self.state)
        self.metrics = Metrics(self.state)
        self.notifications = Notifications(self.state)
        self.faults = Faults()
        self.limits = Limits()
        self.scaling = Configurations(self.state, self.limits)
        self.calls = Calls()
        self.endpoint = ""

    def put_object(
        self,
        namespace: str,
        bucket: str,
        key: str,
        data: bytes | Path,
        delivered_at: datetime | None = None,
    ) -> str:
        """A new version of the object, as if delivered then; its etag. The bucket is made."""
        blob = self.state.new_blob()
        if isinstance(data, Path):
            shutil.copyfile(data, blob)
        else:
            blob.write_bytes(data)
        self.objects.make_bucket(namespace, bucket)
        etag: str = self.objects.put(namespace, bucket, key, blob, at=delivered_at)["etag"]
        return etag

    def delete_object(self, namespace: str, bucket: str, key: str) -> None:
        """The object vanishes.

        :raises ApiError: when it is not there.
        """
        self.objects.delete(namespace, bucket, key)

    def load_cost_report(self, name: str, path: Path) -> int:
        """The Usage API knows the report's lines, in place of an earlier delivery; how many."""
        return self.usage.load(cost_report_rows(path), report=name)

    def make_topic(self, name: str) -> str:
        """The OCID of the topic with this name."""
        return self.notifications.make_topic(name, TENANCY)

    def deny(self, namespace: str, bucket: str, status: int = 404) -> None:
        """The user may no longer use the bucket."""
        self.policy.deny(self.identity.key_id, namespace, bucket, status)

    def allow(self, namespace: str, bucket: str) -> None:
        """The user may use the bucket again."""
        self.policy.allow(self.identity.key_id, namespace, bucket)

    def register(self, key_id: str, private_key: str) -> None:
        """Another caller is known: ``tenancy/user/fingerprint`` or ``ST$token``, with its key."""
        key = serialization.load_pem_private_key(private_key.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("OCI signs with RSA keys only")
        self.keys[key_id] = key.public_key()

    def close(self) -> None:
        """Lets go of the folder; a server's context does it itself."""
        self.state.close()
