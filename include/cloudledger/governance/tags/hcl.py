"""Text and names as Terraform's language writes them.

Source: https://developer.hashicorp.com/terraform/language/expressions/strings (escapes), and
https://developer.hashicorp.com/terraform/language/syntax/configuration (identifiers).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(text: str) -> str:
    """A string that means the text and nothing else: no template in it is filled."""
    escaped = "".join(
        _ESCAPES.get(sign) or (sign if sign.isprintable() else _numbered(sign)) for sign in text
    )
    return f'"{escaped.replace("${", "$${").replace("%{", "%%{")}"'


def labels(names: Iterable[str]) -> list[str]:
    """For each name, in their order, an identifier of its own."""
    taken: set[str] = set()
    found = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower()
        start = plain if plain[:1].isalpha() else f"tag_{plain}".rstrip("_")
        label, number = start, 1
        while label in taken:
            number += 1
            label = f"{start}_{number}"
        taken.add(label)
        found.append(label)
    return found


def _numbered(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"
