"""The WSGI front: plants, faults and validation first, then our operations, then moto."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Response

from localcloud.aws import admin, budget_operations, cost_explorer, instances, scaling
from localcloud.aws.answers import failure, success
from localcloud.aws.calls import Call, identify
from localcloud.aws.cost_rows import Costs
from localcloud.aws.errors import ServiceError
from localcloud.aws.faults import Fault, Faults
from localcloud.aws.problems import code_for
from localcloud.aws.record import Record
from localcloud.aws.validation import parameters_of

_CHECKS = instances.CHECKS | scaling.CHECKS
_THROTTLE = {"ec2": "RequestLimitExceeded", "query": "Throttling", "rest-xml": "SlowDown"}
_DENY = {
    "ec2": "UnauthorizedOperation",
    "json": "AccessDeniedException",
    "rest-json": "AccessDeniedException",
}


class Front:
    """One AWS: moto's applications, the faults to come and the cost rows loaded."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.costs = Costs()
        self.limits = budget_operations.Limits()
        self.record = Record()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._added = budget_operations.operations(self.limits) | cost_explorer.operations(
            self.costs
        )

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        body = request.get_data(cache=False, parse_form_data=False)
        # moto reads the body again, and by its length: a chunked one has none.
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if request.path.startswith(admin.ROOT):
            response = admin.answer(self, request, body)
            return response(environ, start_response)
        if request.path.startswith("/moto-api"):
            return self._pass_on(environ, start_response)
        call = identify(self._moto, request, body)
        environ["wsgi.input"] = io.BytesIO(body)
        self.record.add(call.service, call.name, body)
        fault = self.faults.take(call.service, call.name, call.path)
        if fault is not None and fault.kind == "cut":
            answered = self._answer(call, environ, start_response) if fault.after_bytes else ()
            return _cut(answered, fault, environ["werkzeug.socket"])
        if fault is not None:
            return _struck(call, fault)(environ, start_response)
        return self._answer(call, environ, start_response)

    def _answer(self, call: Call, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self._judge(call)
        if response is not None:
            return response(environ, start_response)
        return self._pass_on(environ, start_response, call)

    def _judge(self, call: Call) -> Response | None:
        """An error, the answer of an operation of ours, or None: moto's turn."""
        if call.protocol is None:
            return None
        if call.operation is None:
            return _unknown_operation(call)
        parameters, problems = parameters_of(call)
        if problems:
            code = code_for(call.service, call.protocol, problems[0].kind)
            return failure(call, code, "; ".join(map(str, problems)))
        asked = (call.service, call.name)
        added = self._added.get(asked)
        try:
            if check := _CHECKS.get(asked):
                check(parameters, call.region)
            if added is None:
                return None
            return success(call, added(parameters, call.region))
        except ServiceError as error:
            return failure(call, error.code, str(error))

    def _pass_on(
        self, environ: dict[str, Any], start_response: Any, call: Call | None = None
    ) -> Iterable[bytes]:
        try:
            if call is not None and not call.in_moto:
                raise NotImplementedError(f"moto has no {call.service}")
            answer: Iterable[bytes] = self._moto(environ, start_response)
        except NotImplementedError as error:
            if call is None:
                raise
            message = f"Neither moto nor localcloud/aws has {call.service} {call.name} ({error})"
            return failure(call, "NotImplemented", message, 501)(environ, start_response)
        return answer


def _unknown_operation(call: Call) -> Response:
    if call.protocol in ("query", "ec2"):
        return failure(call, "InvalidAction", f"{call.service} has no action {call.name!r}")
    if call.protocol == "json":
        return failure(call, "UnknownOperationException", f"{call.service} has no {call.name!r}")
    message = f"{call.service} has nothing at {call.request.method} {call.path}"
    return failure(call, "MethodNotAllowed", message, 405)


def _struck(call: Call, fault: Fault) -> Response:
    protocol = call.protocol or "json"
    if fault.kind == "throttle":
        status = 503 if protocol in ("rest-xml", "ec2") else 400
        code = _THROTTLE.get(protocol, "ThrottlingException")
        return failure(call, code, "Rate exceeded; please reduce your request rate", status)
    if fault.kind == "deny":
        return failure(call, _DENY.get(protocol, "AccessDenied"), "Access denied", 403)
    unavailable = "ServiceUnavailable" if fault.status == 503 else "InternalFailure"
    code = "InternalError" if protocol == "rest-xml" and fault.status == 500 else unavailable
    return failure(call, code, "We encountered an internal error. Please try again", fault.status)


def _cut(answered: Iterable[bytes], fault: Fault, connection: socket.socket) -> Iterator[bytes]:
    left = fault.after_bytes or 0
    for chunk in answered:
        yield chunk[:left]
        left -= len(chunk[:left])
        if left == 0:
            break
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("cut on demand")
