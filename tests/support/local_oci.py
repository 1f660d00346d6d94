"""The SDK's clients against the local OCI."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import oci
import pytest
from oci.exceptions import ServiceError

from localcloud.oci.cloud import Cloud
from localcloud.oci.definitions import required

ONCE = oci.retry.NoneRetryStrategy()
QUICK = oci.retry.RetryStrategyBuilder(
    max_attempts=3,
    retry_base_sleep_time_seconds=0.001,
    retry_max_wait_between_calls_seconds=0.002,
    backoff_type=oci.retry.BACKOFF_FULL_JITTER_VALUE,
).get_retry_strategy()
"""Three attempts, almost without waiting."""

FIRST = datetime(2026, 10, 1, tzinfo=UTC)


def sdk(cls: Any, cloud: Cloud, *, retry_strategy: Any = ONCE, **config: str) -> Any:
    """A plain client of the SDK, without a circuit breaker."""
    return cls(
        cloud.config | config,
        service_endpoint=cloud.endpoint,
        retry_strategy=retry_strategy,
        circuit_breaker_strategy=oci.circuit_breaker.NoCircuitBreakerStrategy(),
    )


def refused(status: int, code: str, call: Any, *args: Any, **kwargs: Any) -> ServiceError:
    """The error that the call must end with."""
    with pytest.raises(ServiceError) as caught:
        call(*args, **kwargs)
    assert (caught.value.status, caught.value.code) == (status, code)
    return caught.value


def raw(client: Any, method: str, path: str, body: Any) -> Any:
    """A signed call past the SDK's own checks."""
    return client.base_client.call_api(
        path, method, header_params={"content-type": "application/json"}, body=body
    )


def assert_whole(answer: Any) -> None:
    """Every field that the SDK's model marks as required was answered."""
    model: type = type(answer)
    attributes = {wire: attribute for attribute, wire in answer.attribute_map.items()}
    absent = [n for n in required(model) if getattr(answer, attributes[n]) is None]
    assert not absent, f"{model.__name__} lacks {absent}"
