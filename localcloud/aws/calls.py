"""Which AWS operation an HTTP request calls, told the way its service's protocol tells it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel
from botocore.session import get_session
from moto.backend_index import backend_url_patterns
from moto.backends import list_of_moto_modules
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.exceptions import NotFound

_MOTO_TO_BOTO = {"awslambda": "lambda"}


@dataclass(frozen=True)
class Call:
    """One request; ``operation`` is None when nothing in the model answers to it.

    ``protocol`` is ``json``, ``query``, ``ec2``, ``rest-xml`` or ``rest-json``; it is None when
    botocore has no model of the service as it was called, and then only moto can judge it.
    """

    service: str
    region: str
    protocol: str | None
    name: str
    path: str
    request: Request
    body: bytes
    model: ServiceModel | None = None
    operation: OperationModel | None = None
    uri_labels: dict[str, str] = field(default_factory=dict)
    in_moto: bool = True


@functools.cache
def service_model(service: str) -> ServiceModel | None:
    """botocore's own model, without the additions moto makes to it."""
    try:
        return get_session().get_service_model(service)
    except UnknownServiceError:
        return None


def identify(dispatcher: DomainDispatcherApplication, request: Request, body: bytes) -> Call:
    """Service from the signature's scope, operation from target, action or method and path."""
    service, in_moto = _service(dispatcher, request)
    model = service_model(service)
    known: dict[str, Any] = {
        "service": service,
        "region": _region(request),
        "path": request.path,
        "request": request,
        "body": body,
        "model": model,
        "in_moto": in_moto,
    }
    if model is None:
        return Call(protocol=None, name="", **known)
    protocols = set(model.metadata.get("protocols") or [model.metadata["protocol"]])
    target = request.headers.get("X-Amz-Target")
    if target is not None and "json" in protocols:
        prefix, _, name = target.rpartition(".")
        modelled = prefix == model.metadata["targetPrefix"] and name in model.operation_names
        return Call(
            protocol="json",
            name=name,
            operation=model.operation_model(name) if modelled else None,
            **known,
        )
    if form := protocols & {"query", "ec2"}:
        name = form_of(request, body).get("Action", "")
        modelled = name in model.operation_names
        return Call(
            protocol=form.pop(),
            name=name,
            operation=model.operation_model(name) if modelled else None,
            **known,
        )
    if rest := protocols & {"rest-xml", "rest-json"}:
        try:
            routed, labels = get_service_router(service).match(request)
        except NotFound:
            return Call(protocol=rest.pop(), name="", **known)
        return Call(
            protocol=rest.pop(),
            name=routed.name,
            operation=model.operation_model(routed.name),
            uri_labels=labels,
            **known,
        )
    return Call(protocol=None, name="", **known)


def form_of(request: Request, body: bytes) -> dict[str, str]:
    """The parameters of a query-protocol request: those of the URL, then those of the body."""
    pairs = parse_qsl(request.query_string.decode(), keep_blank_values=True)
    if (request.mimetype or "") == "application/x-www-form-urlencoded":
        pairs += parse_qsl(body.decode(), keep_blank_values=True)
    return dict(pairs)


def _service(dispatcher: DomainDispatcherApplication, request: Request) -> tuple[str, bool]:
    """botocore's name of the service, and whether moto has it at all."""
    host = dispatcher.infer_service_region_host(request.environ, request.path)
    if host is None:
        return "s3", True
    known = any(pattern.match(f"http://{host}") for _, pattern in backend_url_patterns)
    if not known and host not in list_of_moto_modules():
        return _scope(request)[3], False
    backend = dispatcher.get_backend_for_host(host)
    return _MOTO_TO_BOTO.get(backend, backend), True


def _region(request: Request) -> str:
    return _scope(request)[2] or "us-east-1"


def _scope(request: Request) -> list[str]:
    """Of a signature: access key, date, region, service and ``aws4_request``."""
    credential = request.headers.get("Authorization", "").partition("Credential=")[2]
    scope = credential.partition(",")[0].split("/")
    return scope if len(scope) == 5 else [""] * 5
