"""What FOCUS's rules say of lines, rule by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.quality.conformance import Judged
from cloudledger.quality.focus_rules import Rule
from cloudledger.reporting import page_format
from cloudledger.reporting.terminal import grid


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that a provider's lines break: on how many lines, of how many, over which days."""

    provider: str
    rule: Rule
    broken: int
    lines: int
    days: tuple[date, ...]
    example: str

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "provider": self.provider,
            "rule": self.rule.rule,
            "level": self.rule.level.value,
            "column": self.rule.column,
            "requirement": self.rule.sentence,
            "broken_lines": self.broken,
            "lines": self.lines,
            "days": len(self.days),
            "example": self.example,
        }


def failures(judged: Sequence[Judged]) -> tuple[Failure, ...]:
    """The broken rules by provider, MUST before SHOULD, the most lines first."""
    lines: dict[str, int] = defaultdict(int)
    broken: dict[tuple[str, Rule], list[tuple[date, int, str]]] = defaultdict(list)
    for one in judged:
        lines[one.provider] += one.lines
        for each in one.broken:
            broken[one.provider, each.rule].append((one.day, each.lines, each.example))
    found = [
        Failure(
            provider,
            rule,
            sum(count for _, count, _ in days),
            lines[provider],
            tuple(day for day, _, _ in days),
            days[0][2],
        )
        for (provider, rule), days in broken.items()
    ]
    return tuple(
        sorted(found, key=lambda one: (one.provider, one.rule.level, -one.broken, one.rule.rule))
    )


def report(judged: Sequence[Judged]) -> str:
    """The broken rules, one line each, as a message for people."""
    return "\n".join(
        f"- {one.provider} {one.rule.rule}: {one.rule.sentence}; "
        f"{one.broken:,} of {one.lines:,} lines" + (f", see {one.example}" if one.example else "")
        for one in failures(judged)
    )


def show_conformance(out: Console, judged: Sequence[Judged]) -> None:
    """The broken rules as a table, and how many lines were held against how many rules."""
    found = failures(judged)
    if found:
        table = grid("provider", "rule", "requirement", "example", broken="lines", of="of")
        for one in found:
            table.add_row(
                one.provider,
                one.rule.rule,
                escape(one.rule.sentence),
                escape(one.example),
                page_format.count(one.broken),
                page_format.count(one.lines),
            )
        out.print(table)
    lines = sum(one.lines for one in judged)
    rules = max((one.rules for one in judged), default=0)
    out.print(
        f"{page_format.count(lines)} lines against {rules} rules of FOCUS 1.2: "
        f"{len(found)} broken by a provider's lines",
        soft_wrap=True,
    )
