"""Request signatures: draft-cavage-http-signatures-08 as OCI uses it (rsa-sha256, version 1).

Source: https://docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from localcloud.oci.errors import not_authenticated

ALWAYS = ("date", "(request-target)", "host")
WITH_BODY = ("content-length", "content-type", "x-content-sha256")
SKEW = timedelta(minutes=5)
PART = re.compile(r'(\w+)="([^"]*)"')


def verify(
    method: str,
    target: str,
    headers: Mapping[str, str],
    keys: Mapping[str, RSAPublicKey],
    now: datetime,
    *,
    body_signed: bool,
) -> str:
    """The key id (``tenancy/user/fingerprint`` or ``ST$token``) whose key signed the request.

    ``headers`` has lower-case names; ``target`` is the path and query as sent.

    :raises ApiError: 401, saying which part of the signature does not hold.
    """
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != "Signature":
        raise not_authenticated("no Signature in the authorization header")
    parts: dict[str, str] = dict(PART.findall(rest))
    if parts.get("algorithm") != "rsa-sha256" or parts.get("version") != "1":
        raise not_authenticated("the algorithm must be rsa-sha256, the version 1")
    signed = parts.get("headers", "").split()
    for name in ALWAYS + (WITH_BODY if body_signed else ()):
        if name not in signed:
            raise not_authenticated(f"the signature does not cover {name}")
    key = keys.get(parts.get("keyId", ""))
    if key is None:
        raise not_authenticated("no such key is registered")
    _check_date(headers.get("date", ""), now)
    try:
        key.verify(
            base64.b64decode(parts.get("signature", "")),
            _signing_string(method, target, headers, signed).encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except (InvalidSignature, ValueError) as error:
        raise not_authenticated("the signature does not match the request") from error
    return parts["keyId"]


def verify_body(headers: Mapping[str, str], body: bytes) -> None:
    """The body is the one that was hashed and signed.

    :raises ApiError: 401 when it is not.
    """
    expected = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if headers.get("x-content-sha256") != expected:
        raise not_authenticated("x-content-sha256 does not match the body")
    if headers.get("content-length") != str(len(body)):
        raise not_authenticated("content-length does not match the body")


def _signing_string(method: str, target: str, headers: Mapping[str, str], signed: list[str]) -> str:
    lines = []
    for name in signed:
        if name == "(request-target)":
            lines.append(f"{name}: {method.lower()} {target}")
        elif name in headers:
            lines.append(f"{name}: {headers[name]}")
        else:
            raise not_authenticated(f"the signed header {name} was not sent")
    return "\n".join(lines)


def _check_date(text: str, now: datetime) -> None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError as error:
        raise not_authenticated("the date header is not an HTTP date") from error
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    if abs(now - date) > SKEW:
        raise not_authenticated("the date is more than five minutes from the server's clock")
