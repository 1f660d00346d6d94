"""Judges a call by its service's model, as the service itself would."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from localcloud.aws.calls import Call, form_of
from localcloud.aws.constraints import breaches
from localcloud.aws.problems import Problem
from localcloud.aws.rest import from_rest
from localcloud.aws.wire import ABSENT, Form, from_json


def parameters_of(call: Call) -> tuple[dict[str, Any], list[Problem]]:
    """The call's parameters by the model's names, and everything that is wrong with them.

    What cannot be read is reported alone: constraints are checked only on a request that could
    be read whole.
    """
    assert call.operation is not None
    shape = call.operation.input_shape
    if shape is None:
        return {}, []
    problems: list[Problem] = []
    parameters: Any
    if call.protocol == "json":
        try:
            document = json.loads(_plain(call) or b"{}")
        except (ValueError, OSError, zlib.error) as error:
            return {}, [Problem("malformed", "", f"the body is not JSON: {error}")]
        parameters = from_json(document, shape, problems)
    elif call.protocol in ("query", "ec2"):
        form = form_of(call.request, _plain(call))
        parameters = Form(form, call.protocol).read(shape, problems)
    else:
        parameters = from_rest(call, shape, problems)
    if parameters is ABSENT:
        return {}, problems
    if not problems:
        problems = list(breaches(parameters, shape))
    return parameters, problems


def _plain(call: Call) -> bytes:
    """The SDKs compress some large requests."""
    if call.request.headers.get("Content-Encoding") == "gzip":
        return gzip.decompress(call.body)
    return call.body
