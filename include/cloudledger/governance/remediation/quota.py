"""A compartment's quota as a document, and the language that its statements are written in.

``{"kind": "quota", "name": ..., "description": ..., "statements": [...]}``; a statement is what is
limited, ``in compartment``, and the compartment's path. The name follows from the compartment, so
that one compartment is frozen by one quota.
Source: https://docs.oracle.com/iaas/Content/Quotas/Concepts/quota_policy_syntax.htm
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from cloudledger.governance.change import Document

KIND = "quota"
PREFIX = "cloudledger-freeze-"
CHANGED = ("description", "statements")
"""What of a quota can be changed; its name is for good."""

_NAME = r"(?:\s+(?!(?:to|in)\b)[A-Za-z0-9_/*-]+)?"
LIMIT = re.compile(
    rf"^(?:set\s+[a-z0-9-]+\s+quotas?{_NAME}\s+to\s+\d+"
    rf"|(?:unset|zero)\s+[a-z0-9-]+\s+quotas?{_NAME})$"
)
PATH = re.compile(r"^[A-Za-z0-9._-]+(?::[A-Za-z0-9._-]+)*$")
_IN = " in compartment "


def limit_of(text: str) -> str:
    """What a statement limits, in single spaces.

    :raises ValueError: it is not of the language, or names where, which the scope does.
    """
    limit = " ".join(text.split())
    if not LIMIT.match(limit):
        raise ValueError(
            f"'{text}' is no quota statement without its compartment, such as "
            "'zero compute-core quotas' or 'set compute-core quota standard-e4-core-count to 4'"
        )
    return limit


def quota_name(compartment_id: str) -> str:
    """The name of the quota that freezes the compartment of an OCID."""
    return PREFIX + hashlib.sha256(compartment_id.encode()).hexdigest()[:16]


def quota_document(
    compartment_id: str, path: str, limits: Iterable[str], description: str
) -> dict[str, Any]:
    """The quota that freezes the compartment at ``path``.

    :raises ValueError: the path cannot be written in a statement.
    """
    if not PATH.match(path):
        raise ValueError(f"{path} cannot be named in a quota statement")
    return {
        "kind": KIND,
        "name": quota_name(compartment_id),
        "description": description,
        "statements": [f"{limit}{_IN}{path}" for limit in limits],
    }


def paths_of(document: Document) -> list[str]:
    """The paths that the statements name, each once; ``tenancy`` where one names no compartment."""
    named = (one.partition(_IN)[2] or "tenancy" for one in document["statements"])
    return list(dict.fromkeys(named))
