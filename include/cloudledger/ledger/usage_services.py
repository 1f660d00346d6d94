"""What a usage API calls a service that the reports call otherwise.

Names that differ in case, spaces and underscores only (``BLOCK_STORAGE``, ``Block Storage``) are
the same; the rest is listed here, or in the settings' ``usage_services``.

Sources: Cost Explorer's SERVICE values beside the ServiceName of AWS's FOCUS export and the product
codes of its Cost and Usage Reports; OCI's cost report beside Cost Analysis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SAME: Mapping[str, tuple[str, ...]] = {
    "Amazon Elastic Compute Cloud": (
        "Amazon Elastic Compute Cloud - Compute",
        "EC2 - Other",
        "AmazonEC2",
    ),
    "Amazon Simple Storage Service": ("AmazonS3",),
    "Amazon Relational Database Service": ("AmazonRDS",),
    "Amazon Virtual Private Cloud": ("AmazonVPC",),
    "Amazon Elastic Load Balancing": ("Elastic Load Balancing", "AWSELB"),
    "Amazon DynamoDB": ("DynamoDB",),
    "AmazonCloudWatch": ("CloudWatch",),
    "Amazon Elastic Container Service for Kubernetes": (
        "Amazon Elastic Kubernetes Service",
        "AmazonEKS",
    ),
    "AWS Key Management Service": ("AWSKMS",),
    "AWS Data Transfer": ("AWSDataTransfer",),
    "AWS Support (Business)": ("AWSSupportBusiness",),
    "AWS Support (Enterprise)": ("AWSSupportEnterprise",),
    "Savings Plans for AWS Compute usage": ("ComputeSavingsPlans",),
    "OBJECTSTORE": ("Object Storage",),
    "NETWORK": ("Networking",),
    "TELEMETRY": ("Monitoring",),
}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()) or name


_ALIASES = {_plain(alias): _plain(name) for name, others in _SAME.items() for alias in others}


class Services:
    """Which names mean the same service.

    :param others: further pairs, the API's name to the reports'.
    """

    def __init__(self, others: Mapping[str, str] | None = None) -> None:
        own = {_plain(alias): _plain(name) for alias, name in (others or {}).items()}
        self._aliases = _ALIASES | own

    def key(self, name: str) -> str:
        """The same for every name of one service."""
        plain = _plain(name)
        return self._aliases.get(plain, plain)

    def shown(self, report_names: Iterable[str], api_names: Iterable[str]) -> dict[str, str]:
        """The name to show by key: the reports' own where they have the service."""
        names = {self.key(name): name for name in sorted(api_names, reverse=True)}
        return names | {self.key(name): name for name in sorted(report_names, reverse=True)}
