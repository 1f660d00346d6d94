"""What OCI answers to a change, as governance tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import oci
from circuitbreaker import CircuitBreakerError  # type: ignore[import-untyped]

from cloudledger.governance.change import (
    AccountError,
    AccountUnavailable,
    Conflict,
    NotAllowed,
    QuotaReached,
)

_FULL = {"LimitExceeded", "QuotaExceeded"}


@contextmanager
def told(where: str, policy: str) -> Iterator[None]:
    """Errors of the SDK as those of governance.

    :param where: the service and the tenancy, for the message.
    :param policy: the statement that would allow the call.
    :raises NotAllowed: 401, 403, and 404, which is OCI's way to refuse.
    :raises AccountError: any other of governance's errors.
    """
    try:
        yield
    except oci.exceptions.ServiceError as error:
        raise _as_told(where, policy, error) from error
    except CircuitBreakerError as error:
        raise AccountUnavailable(
            where, "failed so often that calls are held back", "Wait a minute and run it again"
        ) from error
    except (oci.exceptions.RequestException, oci.exceptions.ConnectTimeout) as error:
        raise AccountUnavailable(
            where,
            f"the connection failed ({type(error).__name__})",
            "Check the network, the region and the endpoint, then run it again",
        ) from error


def _as_told(where: str, policy: str, error: Any) -> AccountError:
    """Source: https://docs.oracle.com/iaas/Content/API/References/apierrors.htm."""
    what = f"{error.status} {error.code} (opc-request-id {error.request_id})"
    if error.code in _FULL:
        return QuotaReached(
            where,
            f"{what}: {error.message}",
            "Retire what is not needed, or ask Oracle to raise the service limit",
        )
    if error.status in (401, 403, 404):
        return NotAllowed(
            where, what, f"Check the connection's key, the machine's clock, and: {policy}"
        )
    if error.status in (409, 412):
        return Conflict(where, what, "It was changed by somebody else; plan again")
    if error.status == 429 or error.status >= 500:
        return AccountUnavailable(where, what, "Every retry failed; run it again later")
    return AccountError(where, what, f"OCI refused it: {error.message}")
