"""What EC2 refuses and moto does not: another type for an instance that is not stopped.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from localcloud.aws.errors import ServiceError


def modify_instance_attribute(parameters: dict[str, Any], region: str) -> None:
    """:raises ServiceError: IncorrectInstanceState."""
    if "InstanceType" not in parameters:
        return
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
