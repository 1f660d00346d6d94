"""The instances of both local clouds, set up and looked at by the SDKs alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs

import boto3
import oci
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, InstanceState
from oci.core import models

from cloudledger.clouds.aws.compute import AwsInstances
from cloudledger.clouds.oci.compute import OciInstances
from cloudledger.governance.change import Account
from cloudledger.governance.remediation.config import Remediation
from localcloud.aws.cloud import Cloud as AwsCloud
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.definitions import checked
from localcloud.oci.errors import ApiError
from localcloud.oci.identity import new_key
from tests.support.local_oci import QUICK, sdk

GOVERNS = Remediation.model_validate(
    {"scopes": [{"name": "dev", "account": "any", "tags": {"environment": ["dev"]}}]}
).governs
AWS_ACCOUNT, REGION = "123456789012", "eu-central-1"
SHOP, DATA = "ocid1.compartment.oc1..shop", "ocid1.compartment.oc1..data"


class Bench(Protocol):
    """One cloud."""

    kind: str

    def account(self, *, stranger: bool = False, wait_seconds: int = 2) -> Account: ...

    def breaking(self, nth: int, *, lost: bool) -> Account: ...

    def plant(self, name: str, state: str = "RUNNING", **tags: str) -> str: ...

    def pooled(self, name: str) -> str: ...

    def tag(self, target: str, **tags: str) -> None: ...

    def delete(self, target: str) -> None: ...

    def slow(self) -> None: ...

    def settle(self, target: str) -> None: ...

    def state(self, target: str) -> tuple[str, Mapping[str, str]]: ...

    def strike(self, how: str, operation: str, times: int = 1) -> None: ...

    def changes(self) -> list[str]: ...

    def smaller(self) -> Mapping[str, Any]: ...

    def size(self, target: str) -> Any: ...

    def wrong(self) -> list[str]: ...


class Breaking:
    """A client whose nth call that changes something fails, its answer lost or itself; for good."""

    def __init__(self, client: Any, nth: int, error: Exception, *, lost: bool) -> None:
        self._client = client
        self._left = nth
        self._error = error
        self._lost = lost

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not name.startswith(
            (
                "instance_action",
                "update_",
                "create_",
                "delete_",
                "start_",
                "stop_",
                "modify_",
                "put_",
            )
        ):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self._left -= 1
            answer = found(*args, **options) if self._left or self._lost else None
            if not self._left:
                raise self._error
            return answer

        return call


class OciBench:
    """The local OCI."""

    kind = "oci"
    paths = {
        "list": ("GET", r"/instances$"),
        "read": ("GET", r"/instances/[^/]+$"),
        "power": ("POST", r"/instances/[^/]+$"),
        "tag": ("PUT", r"/instances/[^/]+$"),
        "resize": ("PUT", r"/instances/[^/]+$"),
    }

    def __init__(self, cloud: OciCloud) -> None:
        self.cloud = cloud
        self.client = sdk(oci.core.ComputeClient, cloud, retry_strategy=QUICK)

    def account(self, *, stranger: bool = False, wait_seconds: int = 2) -> Account:
        client = self.client
        if stranger:
            client = sdk(oci.core.ComputeClient, self.cloud, key_content=new_key(), key_file="")
        return OciInstances(
            client, "dev", [SHOP, DATA], GOVERNS, wait_seconds=wait_seconds, page_size=2
        )

    def breaking(self, nth: int, *, lost: bool) -> Account:
        client = Breaking(self.client, nth, oci.exceptions.RequestException("cut"), lost=lost)
        return OciInstances(client, "dev", [SHOP, DATA], GOVERNS)

    def plant(self, name: str, state: str = "RUNNING", **tags: str) -> str:
        return self.cloud.instances.plant(
            name,
            DATA if name.startswith("data") else SHOP,
            state=state,
            freeform_tags={"team": "shop"} | tags,
            defined_tags={"Operations": {"CostCenter": "42"}},
        )

    def pooled(self, name: str) -> str:
        return self.cloud.instances.plant(
            name, SHOP, instanceConfigurationId="ocid1.instanceconfiguration.oc1..a"
        )

    def tag(self, target: str, **tags: str) -> None:
        held = self.client.get_instance(target).data.freeform_tags
        details = models.UpdateInstanceDetails(freeform_tags=held | tags)
        self.client.update_instance(target, details)

    def delete(self, target: str) -> None:
        self.cloud.instances.remove(target)

    def slow(self) -> None:
        self.cloud.instances.takes = timedelta(hours=1)

    def settle(self, target: str) -> None:
        self.cloud.instances.settle(target)

    def state(self, target: str) -> tuple[str, Mapping[str, str]]:
        found = self.client.get_instance(target).data
        return found.lifecycle_state, found.freeform_tags

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        method, path = self.paths[operation]
        getattr(self.cloud.faults, how)(times, path=path, method=method)

    def changes(self) -> list[str]:
        return [
            f"{call.method} {call.query}"
            for call in self.cloud.calls.matching("/instances/")
            if call.method != "GET" and call.status < 300
        ]

    def smaller(self) -> Mapping[str, Any]:
        return {"size": {"ocpus": "0.5", "memory_gb": "8"}}

    def size(self, target: str) -> Any:
        held = self.client.get_instance(target).data.shape_config
        return {"size": {"ocpus": f"{held.ocpus:g}", "memory_gb": f"{held.memory_in_gbs:g}"}}

    def wrong(self) -> list[str]:
        found = []
        for call in self.cloud.calls.matching("/instances/"):
            if call.method != "PUT":
                continue
            try:
                checked(models.UpdateInstanceDetails, json.loads(call.body))
            except ApiError as error:
                found.append(error.message)
        return found


IMAGE = "ami-03cf127a"
"""One of the 1,285 that moto has; a list of them takes one to two seconds."""


class AwsBench:
    """The local AWS; instances stay in transition by a patch of moto, where they do not."""

    kind = "aws"
    operations = {
        "list": ("DescribeInstances",),
        "read": ("DescribeInstances",),
        "power": ("StopInstances", "StartInstances"),
        "tag": ("CreateTags", "DeleteTags"),
        "resize": ("ModifyInstanceAttribute",),
    }

    def __init__(self, cloud: AwsCloud, patches: pytest.MonkeyPatch) -> None:
        self.cloud = cloud
        self._patches = patches
        self.client = boto3.client(
            "ec2",
            endpoint_url=cloud.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
        )

    def account(self, *, stranger: bool = False, wait_seconds: int = 2) -> Account:
        if stranger:
            self.cloud.faults.deny(service="ec2")
        return AwsInstances(
            self.client, "dev", AWS_ACCOUNT, GOVERNS, wait_seconds=wait_seconds, page_size=5
        )

    def breaking(self, nth: int, *, lost: bool) -> Account:
        error = EndpointConnectionError(endpoint_url=self.cloud.endpoint)
        client = Breaking(self.client, nth, error, lost=lost)
        return AwsInstances(client, "dev", AWS_ACCOUNT, GOVERNS)

    def plant(self, name: str, state: str = "RUNNING", **tags: str) -> str:
        held = {"Name": name, "team": "shop"} | tags
        (made,) = self.client.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": key, "Value": value} for key, value in held.items()],
                }
            ],
        )["Instances"]
        if state == "STOPPED":
            self.client.stop_instances(InstanceIds=[made["InstanceId"]])
        return str(made["InstanceId"])

    def pooled(self, name: str) -> str:
        target = self.plant(name)
        held = ec2_backends[AWS_ACCOUNT][REGION].get_instance(target)
        held.add_tag("aws:autoscaling:groupName", "workers")
        return target

    def tag(self, target: str, **tags: str) -> None:
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.client.create_tags(Resources=[target], Tags=pairs)

    def delete(self, target: str) -> None:
        self.client.terminate_instances(InstanceIds=[target])

    def slow(self) -> None:
        stop = Instance.stop

        def slowly(held: Instance, *args: Any, **options: Any) -> Any:
            told = stop(held, *args, **options)
            held._state = InstanceState("stopping", 64)
            return told

        self._patches.setattr(Instance, "stop", slowly)

    def settle(self, target: str) -> None:
        held = ec2_backends[AWS_ACCOUNT][REGION].get_instance(target)
        held._state = InstanceState("stopped", 80)

    def state(self, target: str) -> tuple[str, Mapping[str, str]]:
        (found,) = self.client.describe_instances(InstanceIds=[target])["Reservations"]
        (instance,) = found["Instances"]
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        return instance["State"]["Name"].upper(), tags

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        self.cloud.faults.clear()
        for name in self.operations[operation]:
            getattr(self.cloud.faults, how)(times, service="ec2", operation=name)

    def changes(self) -> list[str]:
        asked = [call["operation"] for call in self.cloud.calls("ec2")]
        return [one for one in asked if one in ("StopInstances", "StartInstances")]

    def smaller(self) -> Mapping[str, Any]:
        return {"shape": "t3.small"}

    def size(self, target: str) -> Any:
        (found,) = self.client.describe_instances(InstanceIds=[target])["Reservations"]
        return {"shape": found["Instances"][0]["InstanceType"]}

    def wrong(self) -> list[str]:
        known = {
            "ModifyInstanceAttribute": {"InstanceId", "InstanceType.Value"},
            "CreateTags": {"ResourceId.1", "Tag.1.Key", "Tag.1.Value"},
            "DeleteTags": {"ResourceId.1", "Tag.1.Key", "Tag.1.Value"},
        }
        return [
            f"{call['operation']} {name}"
            for call in self.cloud.calls("ec2")
            for name in parse_qs(call["body"])
            if name not in known.get(call["operation"], {name}) | {"Action", "Version"}
        ]
