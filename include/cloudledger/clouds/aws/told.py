"""What AWS answers to a change, as governance tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from cloudledger.governance.change import (
    AccountError,
    AccountUnavailable,
    Conflict,
    NotAllowed,
    QuotaReached,
)

REFUSED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}
THROTTLED = {
    "InternalErrorException",
    "KMSThrottlingException",
    "RequestLimitExceeded",
    "ResourceContention",
    "ScalingActivityInProgress",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
FULL = {
    "CreationLimitExceededException",
    "InstanceLimitExceeded",
    "LimitExceeded",
    "ServiceQuotaExceededException",
    "VcpuLimitExceeded",
}
LACKING = {"InsufficientHostCapacity", "InsufficientInstanceCapacity"}
"""AWS has no room for an instance: the same call may not work for days."""

CHANGED = {
    "DuplicateRecordException",
    "IncorrectInstanceState",
    "InvalidInstanceID.NotFound",
    "NotFoundException",
}


@contextmanager
def told(where: str, permission: str) -> Iterator[None]:
    """Errors of the SDK as those of governance.

    :param where: the service and the account, for the message.
    :param permission: the IAM action that would allow the call.
    :raises NotAllowed: the credential is none, or lacks the permission.
    :raises AccountError: any other of governance's errors.
    """
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise NotAllowed(
            where, str(error), f"Give the connection AWS credentials that allow {permission}"
        ) from error
    except (ConnectionError, HTTPClientError) as error:
        raise AccountUnavailable(where, str(error), "Check the network, then run again") from error
    except ClientError as error:
        raise _as_told(where, permission, error) from error
    except BotoCoreError as error:
        raise AccountError(
            where, str(error), "Check what was asked for, the connection's region and endpoint"
        ) from error


def _as_told(where: str, permission: str, error: ClientError) -> AccountError:
    code = error.response["Error"].get("Code", "")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
    what = f"answered {status} {code}: {error.response['Error'].get('Message', '')}".strip()
    if code in FULL:
        return QuotaReached(
            where, what, "Retire what is not needed, or ask AWS to raise the service quota"
        )
    if code in LACKING:
        return AccountError(where, what, "Take another type or zone, or try it another time")
    if code in CHANGED:
        return Conflict(where, what, "It was changed by somebody else; plan again")
    if code in THROTTLED or status == 429 or status >= 500:
        return AccountUnavailable(where, what, "Every retry failed; run it again later")
    if code in REFUSED or status in (401, 403):
        return NotAllowed(where, what, f"Allow {permission} to the connection's user or role")
    return AccountError(where, what, "AWS refused it: correct what the message names")
