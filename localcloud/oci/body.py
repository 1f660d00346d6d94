"""The JSON body of a request."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from localcloud.oci.definitions import checked
from localcloud.oci.errors import ApiError


def body_of(request: Request, model: type) -> dict[str, Any]:
    """The body as its model wants it; nulls are left out.

    :raises ApiError: 400 CannotParseRequest, MissingParameter or InvalidParameter.
    """
    try:
        value = json.loads(request.scope["body"])
    except ValueError as error:
        raise ApiError(400, "CannotParseRequest", "The body is not JSON") from error
    return checked(model, value)
