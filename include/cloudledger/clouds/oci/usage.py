"""OCI's Usage API: daily cost of a tenancy, exactly as it is written in the answer.

The SDK's models make floats of the amounts, so the answer is taken as bytes, through the SDK's own
transport (signature, retries, circuit breaker), and parsed with Decimal.

Source: https://docs.oracle.com/iaas/api/#/en/usage/20200107/UsageSummary/RequestSummarizedUsages
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import oci
from circuitbreaker import CircuitBreakerError  # type: ignore[import-untyped]
from oci.usage_api import models

from cloudledger.clouds.object_store import AccessDenied, ObjectStoreError, StoreUnavailable
from cloudledger.clouds.usage import NO_SERVICE, Answer, UsageCost, UsageRefused, held
from cloudledger.exact import DECIMALS
from cloudledger.focus.columns import NO_CURRENCY

GROUPS = ("service", "compartmentId", "resourceId", "unit")
TAG_GROUPS = ("service", "compartmentId", "resourceId")
"""The API groups by at most four dimensions, a tag among them."""

DAYS_A_CALL = 30
"""A daily question may span 90 days; a shorter one keeps its answer to fewer pages."""

SIGNIFICANT_DIGITS = 15
"""What a double holds for certain: the API computes and writes amounts as doubles."""

FEWEST_DECIMALS = 8
"""An answer whose amounts all have d decimals at most may be rounded to d, but to no fewer."""

SMALLEST = Decimal(1).scaleb(-DECIMALS)
"""What is lost where an amount has more decimals than the ledger holds."""

_POLICY = "allow group <group> to read usage-report in tenancy"


class OciUsageApi:
    """The cost of ``tenancy``; ``client`` is an ``oci.usage_api.UsageapiClient`` that retries."""

    def __init__(self, client: Any, tenancy: str, *, page_size: int = 1000) -> None:
        self._client = client
        self._tenancy = tenancy
        self._page_size = page_size

    def costs(self, first_day: date, end_day: date, *, tag: str = "") -> Answer:
        """Daily cost over [``first_day``, ``end_day``) by service, compartment and resource.

        :param tag: also by the values of this tag, ``namespace.key``, or a free-form tag's key.
        :raises AccessDenied, StoreUnavailable, UsageRefused:
        """
        items: list[dict[str, Any]] = []
        requests = 0
        for start, end in _spans(first_day, end_day):
            for page in self._pages(self._question(start, end, tag)):
                requests += 1
                items += [item for item in page if not item.get(_WIRE["is_forecast"])]
        decimals = max([FEWEST_DECIMALS, *(_decimals(_amount(item)) for item in items)])
        return Answer(tuple(_row(item, decimals) for item in items), requests)

    def _question(self, start: date, end: date, tag: str) -> models.RequestSummarizedUsagesDetails:
        details = models.RequestSummarizedUsagesDetails(
            tenant_id=self._tenancy,
            time_usage_started=_midnight(start),
            time_usage_ended=_midnight(end),
            granularity="DAILY",
            query_type="COST",
            group_by=list(TAG_GROUPS if tag else GROUPS),
        )
        if tag:
            namespace, _, key = tag.rpartition(".")
            details.group_by_tag = [models.Tag(namespace=namespace, key=key)]
        return details

    def _pages(self, details: models.RequestSummarizedUsagesDetails) -> Iterator[list[Any]]:
        page: str | None = None
        while True:
            with _told(self._tenancy):
                response = self._client.retry_strategy.make_retrying_call(
                    self._client.base_client.call_api,
                    resource_path="/usage",
                    method="POST",
                    query_params={"limit": self._page_size} | ({"page": page} if page else {}),
                    header_params={
                        "accept": "application/json",
                        "content-type": "application/json",
                    },
                    body=details,
                    response_type="bytes",
                    operation_name="request_summarized_usages",
                )
            answer = json.loads(response.data, parse_float=Decimal, parse_int=Decimal)
            yield answer["items"]
            page = response.next_page
            if not page:
                return


_WIRE: dict[str, str] = models.UsageSummary().attribute_map
"""The names on the wire, as the SDK's own model knows them."""


def _amount(item: dict[str, Any]) -> Decimal:
    return item.get(_WIRE["computed_amount"]) or Decimal(0)


def _decimals(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _row(item: dict[str, Any], decimals: int) -> UsageCost:
    def text(name: str) -> str:
        return (item.get(_WIRE[name]) or "").strip()

    amount = _amount(item)
    quantity = item.get(_WIRE["computed_quantity"])
    unit = text("unit")
    return UsageCost(
        charge_day=datetime.fromisoformat(text("time_usage_started")).astimezone(UTC).date(),
        service_name=text("service") or NO_SERVICE,
        billing_currency=text("currency") or NO_CURRENCY,
        billed_cost=held(amount),
        rounding_bound=_rounding_bound(amount, decimals),
        sub_account_id=text("compartment_id"),
        resource_id=text("resource_id"),
        tag_value=next((tag.get("value") or "" for tag in item.get("tags") or ()), ""),
        quantity=held(quantity) if unit and quantity is not None else None,
        unit=unit,
    )


def _rounding_bound(amount: Decimal, decimals: int) -> Decimal:
    """A unit in the last digit that a double holds, or half a unit of the last decimal written."""
    digit = Decimal(1).scaleb(amount.adjusted() + 1 - SIGNIFICANT_DIGITS)
    return max(digit if amount else Decimal(0), Decimal(5).scaleb(-decimals - 1), SMALLEST)


def _spans(first_day: date, end_day: date) -> Iterator[tuple[date, date]]:
    while first_day < end_day:
        end = min(end_day, first_day + timedelta(days=DAYS_A_CALL))
        yield first_day, end
        first_day = end


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@contextmanager
def _told(tenancy: str) -> Iterator[None]:
    where = f"OCI Usage API of {tenancy}"
    try:
        yield
    except oci.exceptions.ServiceError as error:
        raise _as_told(where, error) from error
    except CircuitBreakerError as error:
        raise StoreUnavailable(
            where, "failed so often that calls are held back", "Wait a minute and run it again"
        ) from error
    except (oci.exceptions.RequestException, oci.exceptions.ConnectTimeout) as error:
        raise StoreUnavailable(
            where,
            f"the connection failed ({type(error).__name__})",
            "Check the network, the region and the endpoint, then run it again",
        ) from error


def _as_told(where: str, error: Any) -> ObjectStoreError:
    what = f"{error.status} {error.code} (opc-request-id {error.request_id})"
    if error.status in (401, 403, 404):
        return AccessDenied(
            where,
            what,
            f"Check the connection's key, the machine's clock, the tenancy, and: {_POLICY}",
        )
    if error.status == 429 or error.status >= 500:
        return StoreUnavailable(where, what, "Every retry failed; run it again later")
    return UsageRefused(where, what, f"OCI refused the question: {error.message}")
