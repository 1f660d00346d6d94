"""What is wrong with a request, and the code under which each service says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["malformed", "unknown", "missing", "invalid"]


@dataclass(frozen=True)
class Problem:
    """``where`` is the member's path from the operation's input, such as ``Budget.BudgetName``."""

    kind: Kind
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


@dataclass(frozen=True)
class Codes:
    """A service's error codes for the four kinds of problem."""

    malformed: str
    unknown: str
    missing: str
    invalid: str

    def of(self, kind: Kind) -> str:
        code: str = getattr(self, kind)
        return code


_BY_SERVICE = {
    "budgets": Codes("SerializationException", *["InvalidParameterException"] * 3),
    "ce": Codes("SerializationException", *["ValidationException"] * 3),
    "cloudwatch": Codes(
        "MalformedInput", "InvalidParameterValue", "MissingParameter", "InvalidParameterValue"
    ),
    "ec2": Codes(
        "MalformedQueryString", "UnknownParameter", "MissingParameter", "InvalidParameterValue"
    ),
    "events": Codes("SerializationException", *["ValidationException"] * 3),
    "s3": Codes("MalformedXML", "InvalidArgument", "InvalidRequest", "InvalidArgument"),
    "sns": Codes("MalformedQueryString", *["InvalidParameter"] * 3),
    "sqs": Codes(
        "SerializationException",
        "InvalidParameterValue",
        "MissingParameter",
        "InvalidParameterValue",
    ),
    "sts": Codes("MalformedQueryString", *["ValidationError"] * 3),
}
_BY_PROTOCOL = {
    "json": Codes("SerializationException", *["ValidationException"] * 3),
    "rest-json": Codes("SerializationException", *["ValidationException"] * 3),
    "rest-xml": Codes("MalformedInput", *["ValidationError"] * 3),
    "query": Codes("MalformedQueryString", *["ValidationError"] * 3),
    "ec2": Codes(
        "MalformedQueryString", "UnknownParameter", "MissingParameter", "InvalidParameterValue"
    ),
}


def code_for(service: str, protocol: str, kind: Kind) -> str:
    """The service's own code where we know it, else what its protocol's services use."""
    return _BY_SERVICE.get(service, _BY_PROTOCOL[protocol]).of(kind)
