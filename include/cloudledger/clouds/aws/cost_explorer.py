"""AWS Cost Explorer: daily cost of a payer account. Every request costs USD 0.01.

Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/
API_GetCostAndUsage.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from cloudledger.clouds.object_store import AccessDenied, ObjectStoreError, StoreUnavailable
from cloudledger.clouds.usage import NO_SERVICE, Answer, UsageCost, UsageRefused, held

METRICS = ("UnblendedCost", "AmortizedCost", "UsageQuantity")
NO_UNIT = "N/A"
"""The unit of a quantity that mixes units."""

ROUNDING_BOUND = Decimal("5E-11")
"""Amounts are written with ten decimals."""

_WHERE = "AWS Cost Explorer"
_THROTTLED = {
    "LimitExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "UnrecognizedClientException",
}


class CostExplorer:
    """The cost of the account that ``client``, a boto3 ``ce`` client that retries, belongs to."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def costs(self, first_day: date, end_day: date, *, tag: str = "") -> Answer:
        """Daily cost over [``first_day``, ``end_day``), at most 14 months, by service and account.

        :param tag: by service and the values of this cost allocation tag instead.
        :raises AccessDenied, StoreUnavailable, UsageRefused:
        """
        second = {"Type": "TAG", "Key": tag} if tag else _dimension("LINKED_ACCOUNT")
        question = {
            "TimePeriod": {"Start": first_day.isoformat(), "End": end_day.isoformat()},
            "Granularity": "DAILY",
            "Metrics": list(METRICS),
            "GroupBy": [_dimension("SERVICE"), second],
        }
        rows: list[UsageCost] = []
        requests = 0
        for page in self._pages(question):
            requests += 1
            rows += [
                _row(date.fromisoformat(result["TimePeriod"]["Start"][:10]), group, tag)
                for result in page["ResultsByTime"]
                for group in result["Groups"]
            ]
        return Answer(tuple(rows), requests)

    def _pages(self, question: dict[str, Any]) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            try:
                page: dict[str, Any] = self._client.get_cost_and_usage(**question, **token)
            except (ClientError, BotoCoreError) as error:
                raise _translated(error) from error
            yield page
            if not page.get("NextPageToken"):
                return
            token = {"NextPageToken": page["NextPageToken"]}


def _dimension(key: str) -> dict[str, str]:
    return {"Type": "DIMENSION", "Key": key}


def _row(day: date, group: dict[str, Any], tag: str) -> UsageCost:
    service, second = group["Keys"]
    billed, effective, used = (group["Metrics"][name] for name in METRICS)
    mixed = used["Unit"] == NO_UNIT
    return UsageCost(
        charge_day=day,
        service_name=service or NO_SERVICE,
        billing_currency=billed["Unit"],
        billed_cost=held(Decimal(billed["Amount"])),
        effective_cost=held(Decimal(effective["Amount"])),
        rounding_bound=ROUNDING_BOUND,
        sub_account_id="" if tag else second,
        tag_value=second.removeprefix(f"{tag}$") if tag else "",
        quantity=None if mixed else held(Decimal(used["Amount"])),
        unit="" if mixed else used["Unit"],
    )


def _translated(error: ClientError | BotoCoreError) -> ObjectStoreError:
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return AccessDenied(_WHERE, str(error), "Give the Airflow connection its AWS credentials")
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return StoreUnavailable(_WHERE, str(error), "Check the network, then run again")
    if not isinstance(error, ClientError):
        return UsageRefused(_WHERE, str(error), "Check the connection's region and endpoint")
    code = error.response["Error"].get("Code", "")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
    what = f"answered {status} {code}: {error.response['Error'].get('Message', '')}".strip()
    if code in _THROTTLED or status == 429 or status >= 500:
        return StoreUnavailable(_WHERE, what, "Retries are spent: run again later")
    if code in _REFUSED or status in (401, 403):
        return AccessDenied(_WHERE, what, "Allow ce:GetCostAndUsage to the connection's user")
    return UsageRefused(_WHERE, what, "Check the source's usage settings")
