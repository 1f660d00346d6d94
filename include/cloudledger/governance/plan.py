"""A plan: the changes that one run wants, in the order that they are made."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cloudledger.governance.change import Action, Change


class UnknownPlan(LookupError):
    """There is no plan of this id, or it is not one that can be decided or applied any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run wants to change in the accounts of one area.

    :param area: ``budget``, ``remediation``, ...
    :param problems: what could not be planned, a sentence each.
    """

    plan_id: str
    area: str
    changes: tuple[Change, ...]
    problems: tuple[str, ...] = ()

    @property
    def to_do(self) -> tuple[Change, ...]:
        """The changes that are more than a look."""
        return tuple(one for one in self.changes if one.action is not Action.UNCHANGED)

    @property
    def summary(self) -> str:
        """``1 to create, 2 to update, 0 to retire, 3 unchanged``."""
        count = Counter(one.action for one in self.changes)
        told = [f"{count[one]} to {one}" for one in Action if one is not Action.UNCHANGED]
        return ", ".join([*told, f"{count[Action.UNCHANGED]} unchanged"])

    @property
    def markdown(self) -> str:
        """For the person who approves it: a table of what is done, and why."""
        rows = [
            f"| {one.action} | {_cell(one.account)} | {_cell(one.target)} | "
            f"{'<br>'.join(_cell(reason) for reason in one.reasons)} |"
            for one in self.to_do
        ]
        head = ["| action | account | what | why |", "|---|---|---|---|"] if rows else []
        told = [f"- could not be planned: {problem}" for problem in self.problems]
        return "\n".join([f"Plan {self.plan_id}: {self.summary}.", "", *told, *head, *rows])


def plan_of(
    area: str, run_id: str, changes: Iterable[Change], problems: Iterable[str] = ()
) -> Plan:
    """A plan whose id is the same for the same run and the same changes."""
    ordered = tuple(sorted(changes, key=lambda one: (one.account, one.target)))
    said = json.dumps([area, run_id, [one.token for one in ordered]])
    plan_id = hashlib.sha256(said.encode()).hexdigest()[:16]
    return Plan(plan_id, area, ordered, tuple(problems))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
