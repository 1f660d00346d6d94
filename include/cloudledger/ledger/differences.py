"""Two sums that must be equal, and what is said when they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cloudledger import exact


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One figure: a measure (a FOCUS column, or ``lines``) of one currency, of one day or all."""

    day: date | None
    billing_currency: str
    measure: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that two stores do not agree on, in the cell's currency or unit."""

    where: str
    cell: Cell
    expected: Decimal
    actual: Decimal

    @property
    def amount(self) -> Decimal:
        """What the second store holds too much."""
        return exact.subtract(self.actual, self.expected)

    def __str__(self) -> str:
        day = f"{self.cell.day}, " if self.cell.day else ""
        return (
            f"{self.where}: {day}{self.cell.measure} in {self.cell.billing_currency}: "
            f"expected {self.expected:f}, found {self.actual:f}, difference {self.amount:f}"
        )


class NotReconciled(Exception):
    """Stores that must hold the same money do not; nothing was committed."""

    SHOWN = 10

    def __init__(self, differences: list[Difference]) -> None:
        more = len(differences) - self.SHOWN
        shown = [str(difference) for difference in differences[: self.SHOWN]]
        super().__init__("; ".join([*shown, f"and {more} more"] if more > 0 else shown))
        self.differences = differences


Figures = Mapping[Cell, Decimal]


def differences(where: str, expected: Figures, actual: Figures) -> list[Difference]:
    """Every cell in which the two differ; a missing cell counts as zero."""
    return [
        Difference(where, cell, expected.get(cell, Decimal(0)), actual.get(cell, Decimal(0)))
        for cell in sorted(expected.keys() | actual.keys(), key=str)
        if expected.get(cell, Decimal(0)) != actual.get(cell, Decimal(0))
    ]
