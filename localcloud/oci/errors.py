"""What OCI answers when it refuses: a status, a code, a message.

Source: https://docs.oracle.com/iaas/Content/API/References/apierrors.htm
"""

from __future__ import annotations


class ApiError(Exception):
    """A refusal, sent as ``{"code": ..., "message": ...}``."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> ApiError:
    """400: a value that OCI does not take."""
    return ApiError(400, "InvalidParameter", message)


def missing(message: str) -> ApiError:
    """400: a value that OCI requires."""
    return ApiError(400, "MissingParameter", message)


def not_authenticated(why: str) -> ApiError:
    """401: the signature does not hold."""
    return ApiError(
        401,
        "NotAuthenticated",
        "The required information to complete authentication was not provided or was incorrect: "
        + why,
    )


def not_found(what: str) -> ApiError:
    """404: not there, or not for this user to see; OCI does not tell which."""
    return ApiError(404, "NotAuthorizedOrNotFound", f"Authorization failed or not found: {what}")


def no_etag_match(code: str = "NoEtagMatch") -> ApiError:
    """412: ``if-match`` names another version."""
    return ApiError(412, code, "The If-Match header does not match the current ETag")
