"""What EC2 refuses and moto does not: a type that is none, or for an instance that is not stopped.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES

from localcloud.aws.errors import ServiceError


def modify_instance_attribute(parameters: dict[str, Any], region: str) -> None:
    """A dry run is answered with an error, too.

    :raises ServiceError: IncorrectInstanceState, InvalidInstanceAttributeValue, DryRunOperation.
    """
    if parameters.get("DryRun"):
        raise ServiceError("DryRunOperation", "Request would have succeeded, but DryRun is set.")
    if "InstanceType" not in parameters:
        return
    if (shape := parameters["InstanceType"]["Value"]) not in INSTANCE_TYPES:
        raise ServiceError(
            "InvalidInstanceAttributeValue", f"Invalid value '{shape}' for InstanceType."
        )
    held = ec2_backends[DEFAULT_ACCOUNT_ID][region].get_instance_by_id(parameters["InstanceId"])
    if held is not None and held.state != "stopped":
        raise ServiceError(
            "IncorrectInstanceState",
            f"The instance '{held.id}' is not in the 'stopped' state.",
        )


CHECKS: dict[tuple[str, str], Callable[[dict[str, Any], str], None]] = {
    ("ec2", "ModifyInstanceAttribute"): modify_instance_attribute
}
"""By service and operation; what they do not refuse is moto's to answer."""
