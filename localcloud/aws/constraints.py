"""A service model's constraints on parameters: required, ranges, lengths, enums, patterns."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from botocore.model import Shape

from localcloud.aws.problems import Problem


def breaches(value: Any, shape: Shape, where: str = "") -> Iterator[Problem]:
    """Every constraint that ``value`` breaks; its types must be right already."""
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(value, shape, where)
    elif kind == "list":
        yield from _size(len(value), shape, where, "items")
        for index, item in enumerate(value):
            yield from breaches(item, shape.member, f"{where}[{index}]")
    elif kind == "map":
        yield from _size(len(value), shape, where, "entries")
        for key, item in value.items():
            yield from breaches(key, shape.key, f"{where} (key {key!r})")
            yield from breaches(item, shape.value, f"{where}.{key}")
    elif kind == "string":
        yield from _string(value, shape, where)
    elif kind == "blob":
        yield from _size(len(value), shape, where, "bytes")
    elif kind in ("integer", "long", "float", "double"):
        yield from _size(value, shape, where, "")


def _structure(value: dict[str, Any], shape: Shape, where: str) -> Iterator[Problem]:
    if shape.is_document_type:
        return
    for name in shape.required_members:
        if name not in value:
            yield Problem("missing", _join(where, name), "is required")
    if shape.is_tagged_union and len(value) != 1:
        yield Problem("invalid", where, f"needs exactly one of {', '.join(shape.members)}")
    for name, item in value.items():
        yield from breaches(item, shape.members[name], _join(where, name))


def _string(value: str, shape: Shape, where: str) -> Iterator[Problem]:
    yield from _size(len(value), shape, where, "characters")
    if shape.enum and value not in shape.enum:
        yield Problem("invalid", where, f"{value!r} is not one of {', '.join(shape.enum)}")
    pattern = _compiled(shape.metadata.get("pattern"))
    if pattern and not pattern.fullmatch(value):
        yield Problem("invalid", where, f"{value!r} does not match {pattern.pattern}")


def _size(size: float, shape: Shape, where: str, unit: str) -> Iterator[Problem]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield Problem("invalid", where, f"{size} {unit}".strip() + f" is less than {low}")
    if high is not None and size > high:
        yield Problem("invalid", where, f"{size} {unit}".strip() + f" is more than {high}")


@functools.cache
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """None for no pattern, and for one in Java's dialect that Python cannot express."""
    if pattern is None:
        return None
    # Java allows (?i) in the middle; Python only as the flag of the whole.
    flags = re.IGNORECASE if "(?i)" in pattern else 0
    try:
        return re.compile(pattern.replace("(?i)", ""), flags)
    except re.error:
        return None


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
