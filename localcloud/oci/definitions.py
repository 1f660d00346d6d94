"""Requests held against the SDK's own definitions of their models.

Each model of ``oci.<service>.models`` says its wire names (``attribute_map``), their types
(``swagger_types``), which are required (``**[Required]**`` in the property's docstring) and, in its
setters, which values an enumeration takes. The SDK itself never checks the required ones.
"""

from __future__ import annotations

import importlib
import re
from datetime import date
from functools import lru_cache
from typing import Any

from localcloud.oci.errors import ApiError, invalid, missing
from localcloud.oci.state import parse_instant

LIST = re.compile(r"^list\[(.+)\]$")
DICT = re.compile(r"^dict\(str, (.+)\)$")
PLAIN: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
UNKNOWN = "UNKNOWN_ENUM_VALUE"
"""What the setters of models that also come in answers make of a value they do not know."""


@lru_cache(maxsize=256)
def required(model: type) -> tuple[str, ...]:
    """The wire names that the model requires."""
    return tuple(
        wire
        for attribute, wire in model().attribute_map.items()
        if (getattr(model, attribute).__doc__ or "").lstrip().startswith("**[Required]**")
    )


def checked(model: type, value: Any) -> dict[str, Any]:
    """The request body, once every field is known, present where required, and of its type.

    :raises ApiError: 400 MissingParameter or InvalidParameter, naming the field.
    """
    _check_model(model, value, "")
    return {name: item for name, item in value.items() if item is not None}


def _check_model(model: type, value: Any, where: str) -> None:
    if not isinstance(value, dict):
        raise invalid(f"{where or 'the body'} must be an object")
    if hasattr(model, "get_subtype"):
        try:
            model = _model(model, model.get_subtype(value))
        except KeyError as error:
            raise missing(f"{where}.{error.args[0]} is required".lstrip(".")) from error
    probe: Any = model()
    attributes = {wire: attribute for attribute, wire in probe.attribute_map.items()}
    prefix = f"{where}." if where else ""
    for name in required(model):
        if value.get(name) is None:
            raise missing(f"{prefix}{name} is required")
    for name, item in value.items():
        if name not in attributes:
            raise invalid(f"{prefix}{name} is not a field of {model.__name__}")
        if item is None:
            continue
        _check_value(model, probe.swagger_types[attributes[name]], item, prefix + name)
        try:
            setattr(probe, attributes[name], item)
        except ValueError as error:
            raise invalid(f"{prefix}{name}: {error}") from error
        if getattr(probe, attributes[name]) == UNKNOWN != item:
            raise invalid(f"{prefix}{name}: Invalid value '{item}'")


def _check_value(model: type, kind: str, value: Any, where: str) -> None:
    if found := LIST.match(kind):
        if not isinstance(value, list):
            raise invalid(f"{where} must be a list")
        for position, item in enumerate(value):
            _check_value(model, found[1], item, f"{where}[{position}]")
    elif found := DICT.match(kind):
        if not isinstance(value, dict):
            raise invalid(f"{where} must be an object")
        for key, item in value.items():
            _check_value(model, found[1], item, f"{where}.{key}")
    elif kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and kind != "bool"):
            raise invalid(f"{where} must be of type {kind}")
    elif kind in ("datetime", "date"):
        _check_date(kind, value, where)
    elif kind != "object":
        _check_model(_model(model, kind), value, where)


def _check_date(kind: str, value: Any, where: str) -> None:
    try:
        if kind == "datetime":
            parse_instant(value)
        else:
            date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise invalid(f"{where} must be an RFC 3339 {kind}") from error


def _model(beside: type, name: str) -> type:
    models = importlib.import_module(beside.__module__.rpartition(".")[0])
    found = getattr(models, name, None)
    if not isinstance(found, type):
        raise ApiError(500, "InternalServerError", f"The SDK has no model {name}")
    return found
