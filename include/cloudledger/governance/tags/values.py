"""Whether a tag's value is an allowed one, and which allowed one is nearest to it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cloudledger.governance.tags.config import TagKey, Tags, names_of

NEAR = 0.6
"""The least likeness (difflib's ratio) of two values of which one may be meant by the other."""
RATIO_DECIMALS = Decimal("0.0001")


class State(StrEnum):
    """What a charge or a resource says of a key that it should have."""

    TAGGED = "tagged"
    WRONG = "wrong"
    UNTAGGED = "untagged"
    UNTAGGABLE = "untaggable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a value is: allowed or not, and the allowed value that is meant or was likely meant.

    :param value: the allowed value; None where none is near.
    :param likeness: 1 for an allowed one, else that of ``value`` to what was written.
    """

    state: State
    value: str | None
    likeness: Decimal | None


def spellings(rules: Tags, seen: Iterable[str]) -> list[list[str]]:
    """By key every name among ``seen`` that means it: its own first, then its aliases."""
    known: dict[str, list[str]] = {}
    for name in sorted(seen):
        known.setdefault(rules.folded(name), []).append(name)
    return [
        [spelt for name in names_of(key) for spelt in _own_first(name, known, rules)]
        for key in rules.keys
    ]


def verdicts(key: TagKey, rules: Tags, values: Sequence[str]) -> dict[str, Verdict]:
    """What each value is.

    Where the settings name no values, a wrong one is compared with the allowed ones among
    ``values``.
    """
    allowed = {value: meant for value in values if (meant := _meant(key, rules, value))}
    candidates = key.values or tuple(sorted(set(allowed.values())))
    return {
        value: Verdict(State.TAGGED, allowed[value], Decimal(1))
        if value in allowed
        else _wrong(value, candidates)
        for value in values
    }


def _own_first(name: str, known: Mapping[str, list[str]], rules: Tags) -> list[str]:
    found = known.get(rules.folded(name), [])
    return sorted(found, key=lambda spelt: (spelt != name, spelt))


def _meant(key: TagKey, rules: Tags, value: str) -> str | None:
    """The allowed value that is written, as the settings write it; None for a wrong one."""
    if key.values:
        return {rules.folded(one): one for one in key.values}.get(rules.folded(value))
    flags = re.IGNORECASE if rules.ignore_case else 0
    if key.pattern is not None and not re.fullmatch(key.pattern, value, flags):
        return None
    return value


def _wrong(value: str, candidates: Sequence[str]) -> Verdict:
    folded: dict[str, str] = {}
    for one in candidates:
        folded.setdefault(one.casefold(), one)
    near = difflib.get_close_matches(value.casefold(), list(folded), n=1, cutoff=NEAR)
    if not near:
        return Verdict(State.WRONG, None, None)
    ratio = difflib.SequenceMatcher(None, near[0], value.casefold()).ratio()
    likeness = Decimal(str(ratio)).quantize(RATIO_DECIMALS)
    return Verdict(State.WRONG, folded[near[0]], likeness)
