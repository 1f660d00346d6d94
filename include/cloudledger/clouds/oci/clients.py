"""SDK clients that retry, time out, and may be pointed at another endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import oci

from cloudledger.clouds.oci.auth import OciAuth, config_and_signer

Client = TypeVar("Client")

TIMEOUT_SECONDS = (10.0, 60.0)
"""Connect, and between two bytes of an answer."""


def client(
    cls: Callable[..., Client],
    auth: OciAuth,
    service_endpoint: str | None = None,
    *,
    retry_strategy: Any = oci.retry.DEFAULT_RETRY_STRATEGY,
    timeout: tuple[float, float] = TIMEOUT_SECONDS,
) -> Client:
    """A client of ``cls``, such as ``oci.object_storage.ObjectStorageClient``.

    Most services do not retry unless told to: this one retries throttling, 5xx and lost
    connections, eight times within ten minutes. Its circuit breaker is its own; the SDK's default
    is one for the whole process, so that a failing service would cut off the others.

    :raises cloudledger.clouds.oci.auth.OciAuthError: when requests cannot be signed.
    """
    config, signer = config_and_signer(auth)
    options: dict[str, Any] = {
        "signer": signer,
        "retry_strategy": retry_strategy,
        "timeout": timeout,
        "circuit_breaker_strategy": oci.circuit_breaker.CircuitBreakerStrategy(),
    }
    if service_endpoint:
        options["service_endpoint"] = service_endpoint
    return cls(config, **options)


def every(call: Callable[..., Any], *args: Any, **options: Any) -> list[Any]:
    """The items of every page of a list operation.

    The SDK's own pagination retries once more what the client has retried already.
    """
    items: list[Any] = []
    page: str | None = None
    while True:
        answer = call(*args, **options, **({"page": page} if page else {}))
        items += answer.data
        page = answer.next_page
        if not page:
            return items
