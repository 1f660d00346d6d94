"""Reads the bodies of the json and query protocols into parameters, strictly by the model.

A reader appends to ``problems`` what the model does not know or cannot hold and leaves it out;
timestamps become aware datetimes, blobs bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC
from typing import Any

from botocore.model import Shape
from botocore.utils import parse_timestamp

from localcloud.aws.problems import Problem

ABSENT: Any = object()
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (str,),
    "timestamp": (int, float, str),
}


def from_json(value: Any, shape: Shape, problems: list[Problem], where: str = "") -> Any:
    """A JSON value as the parameter that ``shape`` describes, or ABSENT."""
    kind = shape.type_name
    if kind == "structure" and shape.is_document_type:
        return value
    if not _fits(value, kind):
        problems.append(
            Problem("invalid", where, f"{type(value).__name__} is not a {shape.type_name}")
        )
        return ABSENT
    if kind == "structure":
        return _json_structure(value, shape, problems, where)
    if kind == "list":
        items = [
            from_json(item, shape.member, problems, f"{where}[{index}]")
            for index, item in enumerate(value)
        ]
        return [item for item in items if item is not ABSENT]
    if kind == "map":
        entries = {
            key: from_json(item, shape.value, problems, f"{where}.{key}")
            for key, item in value.items()
        }
        return {key: item for key, item in entries.items() if item is not ABSENT}
    if kind == "timestamp":
        iso = shape.serialization.get("timestampFormat") in ("iso8601", "rfc822")
        if isinstance(value, str) != iso:
            problems.append(Problem("invalid", where, f"{value!r} is not a timestamp"))
            return ABSENT
        return from_text(str(value), shape, problems, where)
    if kind == "blob":
        return from_text(value, shape, problems, where)
    return value


def _fits(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _JSON_TYPES.get(kind, (object,)))


def _json_structure(
    value: dict[str, Any], shape: Shape, problems: list[Problem], where: str
) -> dict[str, Any]:
    names = {m.serialization.get("name", n): n for n, m in shape.members.items()}
    parameters = {}
    for wire_name, item in value.items():
        path = f"{where}.{wire_name}" if where else wire_name
        if wire_name not in names:
            problems.append(Problem("unknown", path, _no_such_member(names)))
        elif item is not None:
            name = names[wire_name]
            read = from_json(item, shape.members[name], problems, path)
            if read is not ABSENT:
                parameters[name] = read
    return parameters


def from_text(text: str, shape: Shape, problems: list[Problem], where: str) -> Any:
    """A scalar that came as text (query, header, URL, XML), or ABSENT."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            if not re.fullmatch(r"[+-]?\d+", text):
                raise ValueError(text)
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind == "timestamp":
            parsed = parse_timestamp(text)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        if kind == "blob":
            return base64.b64decode(text, validate=True)
    except (ValueError, KeyError, OverflowError, binascii.Error):
        problems.append(Problem("invalid", where, f"{text!r} is not a {kind}"))
        return ABSENT
    return text


class Form:
    """A query or ec2 request's parameters, each of which must be claimed by the model."""

    def __init__(self, values: dict[str, str], protocol: str) -> None:
        self._left = {k: v for k, v in values.items() if k not in ("Action", "Version")}
        self._ec2 = protocol == "ec2"

    def read(self, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
        """The operation's input; whatever nothing claimed is unknown."""
        read = self._structure(shape, "", problems)
        signing = re.compile(r"X-Amz-.*|AWSAccessKeyId|Signature.*|Timestamp|Expires", re.I)
        problems += [
            Problem("unknown", key, _no_such_member(shape.members))
            for key in self._left
            if not signing.fullmatch(key)
        ]
        return read

    def _read(self, shape: Shape, prefix: str, problems: list[Problem]) -> Any:
        if not any(k == prefix or k.startswith(prefix + ".") for k in self._left):
            return ABSENT
        if shape.type_name == "structure":
            self._left.pop(prefix, None)
            return self._structure(shape, prefix, problems)
        if shape.type_name == "list":
            return self._list(shape, prefix, problems)
        if shape.type_name == "map":
            return self._map(shape, prefix, problems)
        if prefix not in self._left:
            return ABSENT
        return from_text(self._left.pop(prefix), shape, problems, prefix)

    def _structure(self, shape: Shape, prefix: str, problems: list[Problem]) -> dict[str, Any]:
        parameters = {}
        for name, member in shape.members.items():
            wire_name = self._wire_name(member, name)
            if member.type_name == "list" and self._flat(member) and not self._ec2:
                wire_name = member.member.serialization.get("name", wire_name)
            read = self._read(member, f"{prefix}.{wire_name}" if prefix else wire_name, problems)
            if read is not ABSENT:
                parameters[name] = read
        return parameters

    def _list(self, shape: Shape, prefix: str, problems: list[Problem]) -> list[Any]:
        if self._left.get(prefix) == "":
            del self._left[prefix]
            return []
        if not (self._ec2 or self._flat(shape)):
            prefix = f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        items: list[Any] = []
        while (item := self._read(shape.member, f"{prefix}.{len(items) + 1}", problems)) is not (
            ABSENT
        ):
            items.append(item)
        return items

    def _map(self, shape: Shape, prefix: str, problems: list[Problem]) -> dict[str, Any]:
        if not self._flat(shape):
            prefix = f"{prefix}.entry"
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        entries: dict[str, Any] = {}
        number = 1
        while (key := self._left.pop(f"{prefix}.{number}.{key_name}", ABSENT)) is not ABSENT:
            entries[key] = self._read(shape.value, f"{prefix}.{number}.{value_name}", problems)
            number += 1
        return {key: value for key, value in entries.items() if value is not ABSENT}

    def _wire_name(self, shape: Shape, name: str) -> str:
        written: str = shape.serialization.get("name", name)
        if self._ec2:
            return str(shape.serialization.get("queryName", written[:1].upper() + written[1:]))
        return written

    @staticmethod
    def _flat(shape: Shape) -> bool:
        return bool(shape.serialization.get("flattened"))


def _no_such_member(names: Any) -> str:
    return f"no such member; there are {', '.join(sorted(names))}"
