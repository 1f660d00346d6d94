"""What is expected of a slice of the ledger, and what was found: plain data, no library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """What a broken expectation does: stop the day from being published, or only be told."""

    ERROR = "error"
    WARNING = "warning"


class Operator(StrEnum):
    """How a condition looks at its column."""

    IS = "=="
    IS_NOT = "!="
    IN = "in"
    IS_NULL = "is null"
    IS_NOT_NULL = "is not null"


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows an expectation holds for."""

    column: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """One rule.

    ``rule`` is the sentence that people read; ``type`` the Great Expectations type that checks it,
    such as ``expect_column_values_to_not_be_null``; ``arguments`` what that type is given, as JSON
    values; ``where`` the conditions that must all hold for a row to be looked at.
    """

    rule: str
    type: str
    arguments: Mapping[str, Any]
    severity: Severity = Severity.ERROR
    where: tuple[Condition, ...] = ()

    @property
    def judged(self) -> tuple[str, ...]:
        """The columns whose values may break it."""
        keys = ("column", "column_A", "column_B")
        named = [str(self.arguments[key]) for key in keys if key in self.arguments]
        return (*named, *map(str, self.arguments.get("column_list", ())))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it looks at, those of its conditions included."""
        return (*self.judged, *(condition.column for condition in self.where))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Expectation:
        """From plain JSON values, as a template or a params file holds them.

        :raises ValueError: for a field that does not exist, a missing one, or an unknown word.
        """
        try:
            return cls(
                **{
                    **value,
                    "severity": Severity(value.get("severity", Severity.ERROR)),
                    "where": tuple(
                        Condition(
                            condition["column"],
                            Operator(condition["operator"]),
                            condition.get("value"),
                        )
                        for condition in value.get("where", ())
                    ),
                }
            )
        except (TypeError, KeyError) as error:
            raise ValueError(
                f"{dict(value)} is not an expectation ({error}): give rule, type and arguments, "
                "and if wanted severity and where"
            ) from error


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations of one stage of the data's way."""

    stage: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """What one expectation found.

    ``observed`` says how much was looked at and found, in words; ``unexpected_count`` counts
    ledger lines, not rows of the frame; ``details`` gives samples and where one of them stands.
    """

    stage: str
    expectation: str
    column: str
    severity: Severity
    success: bool
    observed: str
    unexpected_count: int
    details: str = field(default="")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, for a task's result."""
        return asdict(self) | {"severity": self.severity.value}


def failures(
    results: Sequence[ExpectationResult], severity: Severity
) -> tuple[ExpectationResult, ...]:
    """The broken expectations of one severity."""
    return tuple(result for result in results if not result.success and result.severity is severity)


def report(results: Sequence[ExpectationResult]) -> str:
    """The broken expectations, one line each, as a message for people."""
    return "\n".join(
        f"- {result.expectation} [{result.column}]: {result.observed}"
        + (f"; {result.details}" if result.details else "")
        for result in results
        if not result.success
    )
