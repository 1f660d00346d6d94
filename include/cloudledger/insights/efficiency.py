"""One figure for how well money is spent, from parts that are named and can be acted upon.

Each part is a share of cost from 0 to 1, 1 being best; the score is 100 times their weighted
mean. A part that cannot be told (nothing was committed, there is no list price) is left out and
the others weigh more, so scores compare only between bills that have the same parts.

=============  ======  ===========================================================
part           weight  is
=============  ======  ===========================================================
commitments    0.30    how much of what was committed to was used
coverage       0.20    how much of what a commitment could cover is covered
discount       0.15    how much lower than the list price it was, 50 % being best
steadiness     0.20    how much of the cost was not an unexplained excess
allocation     0.15    how much of the cost has an owner (a required tag)
=============  ======  ===========================================================

The weights are this project's judgement: money paid for nothing weighs most, then what can be
lowered within a month, then what only helps to find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

WEIGHTS: Mapping[str, Decimal] = {
    "commitments": Decimal("0.30"),
    "coverage": Decimal("0.20"),
    "discount": Decimal("0.15"),
    "steadiness": Decimal("0.20"),
    "allocation": Decimal("0.15"),
}
BEST_DISCOUNT = Decimal("0.50")
_ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_EVEN)
_SHARE = Decimal("0.000001")
_SCORE = Decimal("0.01")


class NotFigures(ValueError):
    """Figures no score can be made of: which, and what they must be."""


@dataclass(frozen=True, slots=True)
class Spending:
    """A period's cost by how it was spent, in one currency; None for what is not known.

    :param effective_cost: sum of FOCUS EffectiveCost of usage.
    :param list_cost: sum of ListCost of the same lines.
    :param committed_cost: EffectiveCost with a CommitmentDiscountId, used or not.
    :param unused_cost: of it, CommitmentDiscountStatus Unused.
    :param coverable_cost: cost a commitment covers or could cover.
    :param excess_cost: sum of the excess of anomalies nobody expected.
    :param allocated_cost: cost of lines that have every required tag.
    """

    effective_cost: Decimal
    list_cost: Decimal | None = None
    committed_cost: Decimal | None = None
    unused_cost: Decimal | None = None
    coverable_cost: Decimal | None = None
    excess_cost: Decimal | None = None
    allocated_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: ``value`` from 0 to 1, ``weight`` of all that could be told."""

    name: str
    value: Decimal
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Efficiency:
    """A score from 0 to 100, None when no part could be told."""

    score: Decimal | None
    parts: tuple[Part, ...]


def efficiency_of(spending: Spending) -> Efficiency:
    """The score of a period.

    :raises NotFigures: an amount is not finite or below zero.
    """
    _check(spending)
    told = {name: value for name, value in _values(spending).items() if value is not None}
    whole = sum((WEIGHTS[name] for name in told), Decimal(0))
    parts = tuple(
        Part(name, _rounded(value, _SHARE), _rounded(_over(WEIGHTS[name], whole), _SHARE))
        for name, value in told.items()
    )
    if not parts:
        return Efficiency(None, ())
    weighted = sum((WEIGHTS[name] * value for name, value in told.items()), Decimal(0))
    return Efficiency(_rounded(100 * _over(weighted, whole), _SCORE), parts)


def _values(spending: Spending) -> dict[str, Decimal | None]:
    committed, unused = spending.committed_cost, spending.unused_cost
    used = committed - unused if committed is not None and unused is not None else None
    discount = None
    if spending.list_cost:
        saved = max(spending.list_cost - spending.effective_cost, Decimal(0))
        discount = _share(saved, spending.list_cost * BEST_DISCOUNT)
    steadiness = _share(spending.excess_cost, spending.effective_cost)
    return {
        "commitments": _share(used, committed),
        "coverage": _share(used, spending.coverable_cost),
        "discount": discount,
        "steadiness": None if steadiness is None else 1 - steadiness,
        "allocation": _share(spending.allocated_cost, spending.effective_cost),
    }


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return min(max(_over(part, whole), Decimal(0)), Decimal(1))


def _over(part: Decimal, whole: Decimal) -> Decimal:
    return _ARITHMETIC.divide(part, whole)


def _rounded(value: Decimal, digit: Decimal) -> Decimal:
    return _ARITHMETIC.quantize(value, digit)


def _check(spending: Spending) -> None:
    for name in Spending.__dataclass_fields__:
        amount: Decimal | None = getattr(spending, name)
        if amount is not None and (not amount.is_finite() or amount < 0):
            raise NotFigures(f"{name} is {amount}: give a sum of zero or more, or leave it out")
