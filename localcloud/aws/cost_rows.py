"""The cost rows that the local Cost Explorer answers from, and its filter expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from localcloud.aws.errors import ServiceError

_KINDS = {"Dimensions": "dimensions", "Tags": "tags", "CostCategories": "cost_categories"}


@dataclass(frozen=True)
class CostRow:
    """One day's cost of one thing; ``metrics`` by Cost Explorer's names (``UNBLENDED_COST``)."""

    day: date
    unit: str
    metrics: Mapping[str, Decimal]
    dimensions: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    cost_categories: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> CostRow:
        """From plain JSON values: the day as ISO text, amounts as decimal text."""
        metrics = {name: Decimal(amount) for name, amount in value["metrics"].items()}
        return cls(**value | {"day": date.fromisoformat(value["day"]), "metrics": metrics})


class Costs:
    """The rows loaded so far, all in one currency, as a bill is."""

    def __init__(self) -> None:
        self._rows: tuple[CostRow, ...] = ()

    @property
    def rows(self) -> tuple[CostRow, ...]:
        return self._rows

    def replace(self, rows: Iterable[CostRow]) -> None:
        """:raises ValueError: rows in more than one currency"""
        loaded = tuple(rows)
        units = {row.unit for row in loaded}
        if len(units) > 1:
            raise ValueError(f"rows in {', '.join(sorted(units))}: a bill has one currency")
        self._rows = loaded

    def chosen(self, expression: dict[str, Any] | None) -> list[CostRow]:
        """The rows that a Cost Explorer filter keeps."""
        return [row for row in self._rows if expression is None or _keeps(expression, row)]


def _keeps(expression: dict[str, Any], row: CostRow) -> bool:
    if len(expression) != 1:
        raise ServiceError("ValidationException", "An expression has exactly one root operator.")
    operator, operand = next(iter(expression.items()))
    if operator in ("And", "Or"):
        if len(operand) < 2:
            raise ServiceError("ValidationException", f"{operator} takes two or more expressions.")
        return (all if operator == "And" else any)(_keeps(one, row) for one in operand)
    if operator == "Not":
        return not _keeps(operand, row)
    if operator not in _KINDS:
        raise ServiceError("ValidationException", f"The local rows have no {operator}.")
    value = getattr(row, _KINDS[operator]).get(operand.get("Key", ""))
    return _matches(value, operand.get("Values", []), operand.get("MatchOptions", []))


def _matches(value: str | None, wanted: list[str], options: list[str]) -> bool:
    if "ABSENT" in options:
        return not value
    # Cost Explorer gives the empty value to rows without the tag.
    text = value or ""
    if "CASE_INSENSITIVE" in options:
        text, wanted = text.casefold(), [one.casefold() for one in wanted]
    if "STARTS_WITH" in options:
        return any(text.startswith(one) for one in wanted)
    if "ENDS_WITH" in options:
        return any(text.endswith(one) for one in wanted)
    if "CONTAINS" in options:
        return any(one in text for one in wanted)
    if "GREATER_THAN_OR_EQUAL" in options:
        raise ServiceError("ValidationException", "GREATER_THAN_OR_EQUAL is for anomalies only.")
    return text in wanted
