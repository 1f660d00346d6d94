"""What a program posts: JSON of a bounded length, read after the asker is known, then checked.

Only JSON is taken: a form of a foreign page cannot post it with a person's cookie, and its script
may not, since no answer here allows another origin.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import HTTPException, Request, status
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

LARGEST = 64 * 1024
"""Bytes: more than every field at its limit takes, however it is escaped."""

Model = TypeVar("Model", bound=BaseModel)


def posted(model: type[Model]) -> Callable[[Request], Awaitable[Model]]:
    """A dependency that gives what was posted.

    FastAPI's own way reads and parses a body before it asks who sent it.
    """

    async def checked(request: Request) -> Model:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise HTTPException(
                status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
                "only JSON is taken here: send it with Content-Type: application/json",
            )
        try:
            return model.model_validate_json(await _body(request))
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from error

    return checked


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise HTTPException(
                status.HTTP_413_CONTENT_TOO_LARGE, f"more than {LARGEST:,} bytes: send less"
            )
    return bytes(body)
