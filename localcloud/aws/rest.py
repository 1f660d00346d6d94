"""Reads a REST request (S3 above all) into parameters: URL, query string, headers, body."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

from botocore.model import Shape

from localcloud.aws.calls import Call
from localcloud.aws.problems import Problem
from localcloud.aws.wire import ABSENT, from_json, from_text

_NAMESPACE = re.compile(r"\{.*\}")
# Said by the signature, the SDK and the transfer rather than by an operation.
_PROTOCOL_HEADER = re.compile(
    r"x-amz-(date|content-sha256|security-token|user-agent|decoded-content-length|trailer|te"
    r"|checksum-.*|sdk-.*)|x-moto-.*",
)
_PROTOCOL_ARGUMENT = re.compile(
    r"x-amz-(algorithm|credential|date|expires|signature|signedheaders|security-token"
    r"|content-sha256|checksum-.*|sdk-.*)|x-id|awsaccesskeyid|signature|expires",
    re.I,
)


def from_rest(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    """The parameters of a REST call; unknown arguments, ``x-amz-`` headers and members noted."""
    parameters = _from_locations(call, shape, problems)
    payload = shape.serialization.get("payload")
    if payload is None:
        body_shape = {n for n, m in shape.members.items() if "location" not in m.serialization}
        if body_shape and call.body:
            read = _from_body(call, shape, problems, "")
            parameters |= read if isinstance(read, dict) else {}
    elif shape.members[payload].type_name in ("blob", "string"):
        if call.body:
            parameters[payload] = call.body
    elif call.body:
        read = _from_body(call, shape.members[payload], problems, payload)
        if read is not ABSENT:
            parameters[payload] = read
    _note_unknown(call, shape, problems)
    return parameters


def _from_locations(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    headers, arguments = call.request.headers, call.request.args
    parameters: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire_name = member.serialization.get("name", name)
        location = member.serialization.get("location")
        read = ABSENT
        if location == "uri":
            read = _scalar(call.uri_labels.get(wire_name), member, problems, name)
        elif location == "header":
            read = _scalar(headers.get(wire_name), member, problems, name)
        elif location == "headers":
            found = {k: v for k, v in headers.items() if k.lower().startswith(wire_name.lower())}
            read = {k[len(wire_name) :]: v for k, v in found.items()} or ABSENT
        elif location == "querystring" and member.type_name == "list":
            read = arguments.getlist(wire_name) or ABSENT
        elif location == "querystring" and member.type_name != "map":
            read = _scalar(arguments.get(wire_name), member, problems, name)
        if read is not ABSENT:
            parameters[name] = read
    return parameters


def _scalar(text: str | None, shape: Shape, problems: list[Problem], where: str) -> Any:
    if text is None:
        return ABSENT
    if shape.type_name == "list":
        texts = [item.strip() for item in text.split(",")]
        items = [from_text(item, shape.member, problems, where) for item in texts]
        return [item for item in items if item is not ABSENT]
    return from_text(text, shape, problems, where)


def _from_body(call: Call, shape: Shape, problems: list[Problem], where: str) -> Any:
    try:
        if call.protocol == "rest-json":
            return from_json(json.loads(call.body), shape, problems, where)
        return _from_xml([ElementTree.fromstring(call.body)], shape, problems, where)
    except (ValueError, ElementTree.ParseError) as error:
        problems.append(Problem("malformed", where, f"the body cannot be read: {error}"))
        return ABSENT


def _from_xml(
    nodes: list[ElementTree.Element], shape: Shape, problems: list[Problem], where: str
) -> Any:
    """``nodes`` are the elements of one name: several only for a flattened list."""
    if shape.type_name == "list":
        return _from_xml_list(nodes, shape, problems, where)
    node = nodes[0]
    if len(nodes) > 1:
        problems.append(Problem("malformed", where, "stands there more than once"))
    if shape.type_name != "structure":
        return from_text(node.text or "", shape, problems, where)
    names = {_xml_name(member, name): name for name, member in shape.members.items()}
    children: dict[str, list[ElementTree.Element]] = {}
    for child in node:
        children.setdefault(_tag(child), []).append(child)
    parameters: dict[str, Any] = {}
    for wire_name, found in children.items():
        path = f"{where}.{wire_name}" if where else wire_name
        if wire_name not in names:
            problems.append(
                Problem("malformed", path, f"no such element; there are {', '.join(names)}")
            )
            continue
        name = names[wire_name]
        item = _from_xml(found, shape.members[name], problems, path)
        if item is not ABSENT:
            parameters[name] = item
    for name, member in shape.members.items():
        if member.serialization.get("xmlAttribute"):
            local = member.serialization["name"].rpartition(":")[2]
            for key, value in node.attrib.items():
                if _NAMESPACE.sub("", key) == local:
                    parameters[name] = value
    return parameters


def _from_xml_list(
    nodes: list[ElementTree.Element], shape: Shape, problems: list[Problem], where: str
) -> list[Any]:
    items = nodes
    if not shape.serialization.get("flattened"):
        items = list(nodes[0])
        name = shape.member.serialization.get("name", "member")
        problems += [
            Problem("malformed", f"{where}.{_tag(item)}", f"no such element; there is {name}")
            for item in items
            if _tag(item) != name
        ]
    read = [
        _from_xml([item], shape.member, problems, f"{where}[{index}]")
        for index, item in enumerate(items)
    ]
    return [item for item in read if item is not ABSENT]


def _tag(node: ElementTree.Element) -> str:
    return _NAMESPACE.sub("", node.tag)


def _xml_name(shape: Shape, name: str) -> str:
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        item = shape.member.serialization.get("name")
        if item is not None:
            return str(item)
    return str(shape.serialization.get("name", name))


def _note_unknown(call: Call, shape: Shape, problems: list[Problem]) -> None:
    locations = [(m.serialization, n) for n, m in shape.members.items()]
    headers = {s.get("name", n).lower() for s, n in locations if s.get("location") == "header"}
    prefixes = [s["name"].lower() for s, _ in locations if s.get("location") == "headers"]
    for header in call.request.headers.keys():  # noqa: SIM118, a multi-dict iterates over pairs
        low = header.lower()
        if not low.startswith("x-amz-") or low in headers or _PROTOCOL_HEADER.fullmatch(low):
            continue
        if not any(low.startswith(prefix) for prefix in prefixes):
            problems.append(Problem("unknown", header, f"{call.name} has no such header"))
    if any(
        m.serialization.get("location") == "querystring" and m.type_name == "map"
        for m in shape.members.values()
    ):
        return
    assert call.operation is not None
    fixed = call.operation.http["requestUri"].partition("?")[2]
    known = {s.get("name", n) for s, n in locations if s.get("location") == "querystring"}
    known |= {argument.partition("=")[0] for argument in fixed.split("&")}
    problems += [
        Problem("unknown", argument, f"{call.name} has no such argument")
        for argument in call.request.args
        if argument not in known and not _PROTOCOL_ARGUMENT.fullmatch(argument)
    ]
