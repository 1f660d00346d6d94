"""How far cost is tagged, and whose untagged cost likely is: figures, and the terminal's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.governance.tags.config import Tags
from cloudledger.governance.tags.coverage import percent_of
from cloudledger.governance.tags.values import State
from cloudledger.reporting.page_format import count, money
from cloudledger.reporting.page_format import percent as share
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
SHOWN = 50


@dataclass(frozen=True, slots=True)
class TagReport:
    """What the latest run told: ``scopes`` and ``days`` each with ``percent`` (of the cost that
    can be tagged) and ``goal_percent``, and the findings, the dearest first."""

    scopes: Sequence[Row]
    days: Sequence[Row]
    findings: Sequence[Row]


def tag_report(session: Session, rules: Tags, scope_kind: str, key: str = "") -> TagReport:
    """Of one key, by its name or an alias, or of all.

    :param scope_kind: provider, account or service.
    :raises TagsRefused: no key goes by that name.
    """
    only = rules.key(key).key if key else ""
    goals = {one.key: one.goal_percent for one in rules.keys}

    def rows(name: str, **binds: str) -> list[Row]:
        found = session.query(statement(f"governance/tags/{name}"), **binds).to_pylist()
        return [row for row in found if not only or row["tag_key"] == only]

    def covered(row: Row) -> Row:
        percent = percent_of({state: row[f"{state}_cost"] for state in State})
        return {**row, "percent": percent, "goal_percent": goals.get(row["tag_key"])}

    return TagReport(
        scopes=[covered(row) for row in rows("scopes", scope_kind=scope_kind)],
        days=[covered(row) for row in rows("coverage")],
        findings=rows("findings"),
    )


def show_tags(out: Console, found: TagReport) -> None:
    """The coverage of each scope, below its goal in red."""
    if not found.scopes:
        out.print("nothing is known of tags: run tag_governance once, with keys in section tags")
        return
    first = found.scopes[0]
    out.print(f"usage cost from {first['first_day']} to {first['last_day']}")
    costs = {f"{state}_cost": state.value for state in State}
    shown = grid(
        *("key", "of", "currency"), percent="covered", goal="goal", **costs, resources="resources"
    )
    for row in found.scopes:
        shown.add_row(
            escape(row["tag_key"]),
            escape(_scope(row)),
            row["billing_currency"],
            _percent(row["percent"], row["goal_percent"]),
            "" if row["goal_percent"] is None else f"{row['goal_percent']:f} %",
            *(money(row[name]) for name in costs),
            _resources(row),
        )
    out.print(shown)
    if found.findings:
        out.print(
            f"{len(found.findings):,} resources and keys without an allowed value: "
            "cloudledger tags --untagged"
        )


def show_findings(out: Console, found: TagReport) -> None:
    """The dearest resources without an allowed value, and whose they likely are."""
    if not found.findings:
        out.print("no resource lacks a tag")
        return
    shown = grid(
        "key", "resource", "service", "written", "likely", "because", cost="cost", sure="confidence"
    )
    for row in found.findings[:SHOWN]:
        shown.add_row(
            escape(row["tag_key"]),
            escape(row["resource_name"] or row["resource_id"]),
            escape(row["service_name"]),
            escape(row["tag_value"] or ""),
            escape(row["suggestion"] or ""),
            escape(row["evidence"] or ""),
            f"{money(row['cost'])} {row['billing_currency']}",
            "" if row["confidence"] is None else f"{row['confidence']:.2f}",
        )
    out.print(shown)
    if len(found.findings) > SHOWN:
        out.print(f"the dearest {SHOWN} of {len(found.findings):,}; --json has them all")


def _scope(row: Row) -> str:
    names = (row["provider_name"], row["sub_account_id"], row["service_name"])
    return " ".join(name for name in names if name)


def _resources(row: Row) -> str:
    can = sum(row[f"{state}_resources"] for state in State if state is not State.UNTAGGABLE)
    return f"{count(row['tagged_resources'])} of {count(can)}"


def _percent(percent: Decimal | None, goal: Decimal | None) -> str:
    if percent is None:
        return ""
    said = share(percent.scaleb(-2))
    return f"[red]{said}[/]" if goal is not None and percent < goal else said
