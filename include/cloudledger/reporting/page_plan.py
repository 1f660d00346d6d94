"""The page of one plan: what was to be changed in accounts, field by field, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudledger.governance.change import Document
from cloudledger.reporting.page import Row, Sheet
from cloudledger.reporting.page_governance import scope_words
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

ROWS = 50


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a document that a change is of; None where there is no such part."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A row of ``account_change``, and the fields that differ."""

    row: Row
    fields: Sequence[Field]
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """One plan and a page of its changes; ``row`` is None where there is no such plan."""

    row: Row | None
    problems: Sequence[str]
    changes: Sequence[PlannedChange]
    sheet: Sheet


def plan(session: Session, plan_id: str, number: int = 1) -> PlanPage:
    """A plan by its whole id; what went wrong is on top."""
    found = session.query(statement("governance/plan"), plan_id=plan_id).to_pylist()
    rows = session.query(
        statement("reporting/page_plan_changes"),
        plan_id=plan_id,
        first_row=(number - 1) * ROWS + 1,
        last_row=number * ROWS,
    ).to_pylist()
    row = found[0] if found else None
    return PlanPage(
        row=row,
        problems=(row["problems"] or "").splitlines() if row else [],
        changes=[
            PlannedChange(
                one,
                differing(_read(one["before_document"]), _read(one["after_document"])),
                (one["reasons"] or "").splitlines(),
            )
            for one in rows
        ],
        sheet=Sheet(rows, number, rows[0]["total"] if rows else 0, ROWS),
    )


def differing(before: Document | None, after: Document | None) -> list[Field]:
    """The fields of two documents that are not the same, by name.

    A mapping's parts are fields of their own (``tags / team``), but for a scope, which is told in
    words; of a list only what is on one side alone is told, unless nothing but the order differs.
    """
    old, new = _fields(before or {}), _fields(after or {})
    return [
        _field(name, old, new)
        for name in sorted(old.keys() | new.keys())
        if (name in old) != (name in new) or old.get(name) != new.get(name)
    ]


def _fields(document: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in document.items():
        if not isinstance(value, Mapping):
            fields[within + name] = value
        elif name == "scope" and "kind" in value:
            fields[within + name] = scope_words(value)
        else:
            fields |= _fields(value, f"{within}{name} / ")
    return fields


def _field(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Field:
    one, other = old.get(name), new.get(name)
    if isinstance(one, list) and isinstance(other, list):
        gone, come = _less(one, other), _less(other, one)
        if gone or come:
            one, other = gone, come
    return Field(
        name,
        _text(one) if name in old else None,
        _text(other) if name in new else None,
    )


def _less(items: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The items without the others, each of which takes one away."""
    left = list(others)
    kept = []
    for item in items:
        if item in left:
            left.remove(item)
        else:
            kept.append(item)
    return kept


def _text(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return ", ".join(f"{name} {_text(part)}" for name, part in value.items())
        case list():
            parts = [_text(part) for part in value]
            mappings = any(isinstance(part, Mapping) for part in value)
            return ("; " if mappings else ", ").join(parts) or "nothing"
    return str(value)


def _read(document: str | None) -> Document | None:
    return None if document is None else json.loads(document)
