"""What the documents of budgets have in common, whichever account holds them.

``{"name": "shop-prod", "amount": "1200", "currency": "EUR", "scope": {...}, "rules": [...],
"managed": true}``. Amounts and percents are texts of decimals; ``rules`` are sorted by type and
percent, addresses alphabetically. ``managed`` says whether the marker tag is on the budget. What a
provider cannot hold is absent: OCI has no ``currency`` and no ``topics``, AWS no ``message``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cloudledger.exact import digits
from cloudledger.governance.change import Document

MARKER_KEY = "managed-by"
MARKER_VALUE = "cloudledger"
"""The tag that says whose a budget is."""

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Steps:
    """From the rules that are held to those that are wanted.

    :param changed: pairs of a held rule's place and what becomes of it.
    :param removed: places of held rules.
    :param added: rules.
    """

    changed: tuple[tuple[int, Document], ...]
    removed: tuple[int, ...]
    added: tuple[Document, ...]


def steps(held: Sequence[Document], wanted: Iterable[Document]) -> Steps:
    """What is left to do: a held rule becomes another before one is made or removed."""
    missing = list(wanted)
    surplus = []
    for place, rule in enumerate(held):
        if rule in missing:
            missing.remove(rule)
        else:
            surplus.append(place)
    changed = []
    for alike in (_trigger, _type, _any):
        for place in list(surplus):
            partner = next((new for new in missing if alike(new) == alike(held[place])), None)
            if partner is not None:
                changed.append((place, partner))
                surplus.remove(place)
                missing.remove(partner)
    return Steps(tuple(changed), tuple(surplus), tuple(missing))


def in_order(rules: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules by type and percent."""
    return sorted(rules, key=lambda rule: (rule["type"], Decimal(rule["percent"])))


def threshold(value: float | Decimal, amount: Decimal, *, absolute: bool) -> dict[str, str]:
    """A rule's percent of the budget; with the amount itself where it was given as one.

    A wanted rule is a percentage, so that an absolute one always differs from it.
    """
    given = Decimal(str(value))
    if not absolute:
        return {"percent": digits(given)}
    percent = max((given * 100 / amount).quantize(CENT), CENT) if amount else given
    return {"percent": digits(percent), "absolute": digits(given)}


def _trigger(rule: Document) -> object:
    return rule["type"], rule["percent"]


def _type(rule: Document) -> object:
    return rule["type"]


def _any(_: Document) -> object:
    return None
