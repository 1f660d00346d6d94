"""Lists over several pages: ``limit``, ``page`` and the opc-next-page header."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from localcloud.oci.errors import invalid


@dataclass(frozen=True)
class Page:
    """One page of items and the headers that say whether more follow."""

    items: list[Any]
    headers: dict[str, str]


def page_of(items: Sequence[Any], request: Request, *, at_most: int = 1000) -> Page:
    """The page that the request's ``page`` token and ``limit`` ask for.

    :raises ApiError: 400 for a limit out of bounds or a token that was not given out.
    """
    limit = whole_number(request.query_params.get("limit"), "limit", 1, at_most, at_most)
    start = _offset(request.query_params.get("page"))
    if start > len(items):
        raise invalid("page: the token is not one that was given out")
    end = start + limit
    headers = {"opc-next-page": _token(end)} if end < len(items) else {}
    return Page(list(items[start:end]), headers)


def whole_number(text: str | None, name: str, low: int, high: int, default: int) -> int:
    """The query parameter as a whole number.

    :raises ApiError: 400 outside of ``low`` to ``high``.
    """
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise invalid(f"{name}: '{text}' is not a whole number from {low} to {high}")
    return int(text)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise invalid("page: the token is not one that was given out") from error
    if not text.startswith("from:") or not text[5:].isdigit():
        raise invalid("page: the token is not one that was given out")
    return int(text[5:])
