"""Making a thing once with a retry token that follows from what is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import oci

DELETIONS = 10
"""How often a thing may be deleted by hand and made again within a retry token's 24 hours."""


def once(call: Callable[[str], Any], token: str) -> Any:
    """What ``call`` made with the token or, where that was deleted since, with a later one.

    For 24 hours OCI refuses to make again with a token what was made with it and is gone.
    """
    for _ in range(DELETIONS):
        try:
            return call(token)
        except oci.exceptions.ServiceError as error:
            if error.code != "InvalidatedRetryToken":
                raise
        token = token_of(token)
    return call(token)


def token_of(*parts: str) -> str:
    """32 hex digits, the same for the same texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
