"""Answers in the form that each protocol's clients expect."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from localcloud.aws.calls import Call


def success(call: Call, body: dict[str, Any]) -> Response:
    """The output of a json-protocol operation."""
    return Response(
        json.dumps(body),
        content_type=_json_type(call),
        headers={"x-amzn-RequestId": str(uuid4())},
    )


def failure(call: Call, code: str, message: str, status: int = 400) -> Response:
    """A service's error: its code, message and HTTP status."""
    if call.protocol in ("json", "rest-json"):
        return _json_failure(call, code, message, status)
    text, request_id = escape(message), str(uuid4())
    if call.protocol == "query":
        fault = "Sender" if status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code>"
            f"<Message>{text}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    elif call.protocol == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error>"
            f"</Errors><RequestID>{request_id}</RequestID></Response>"
        )
    else:
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code>'
            f"<Message>{text}</Message><Resource>{escape(call.path)}</Resource>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
    if call.request.method == "HEAD":
        body = ""
    return Response(
        body,
        status,
        content_type="application/xml" if call.protocol == "rest-xml" else "text/xml",
        headers={"x-amz-request-id": request_id},
    )


def _json_failure(call: Call, code: str, message: str, status: int) -> Response:
    headers = {"x-amzn-RequestId": str(uuid4())}
    name = code
    if call.model is not None and "awsQueryCompatible" in call.model.metadata:
        fault = "Sender" if status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{code};{fault}"
        name = next((s.name for s in call.model.error_shapes if s.error_code == code), code)
    if call.protocol == "rest-json":
        headers["x-amzn-ErrorType"] = name
    return Response(
        json.dumps({"__type": name, "message": message}),
        status,
        content_type=_json_type(call),
        headers=headers,
    )


def _json_type(call: Call) -> str:
    if call.protocol == "rest-json" or call.model is None:
        return "application/json"
    return f"application/x-amz-json-{call.model.metadata['jsonVersion']}"
