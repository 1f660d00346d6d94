"""One figure for how well money is spent, from parts that are named and can be acted upon.

Each part is a share of cost from 0 to 1, 1 being best; the score is 100 times their weighted
mean. A part that cannot be told (nothing was committed, there is no list price) is left out and
the others weigh more, so scores compare only between bills that have the same parts.

=============  ======  ===========================================================
part           weight  is
=============  ======  ===========================================================
commitments    0.35    how much of what was committed to was used
discount       0.20    how much lower than the list price it was, 50 % being best
steadiness     0.25    how much of the cost was not an unexplained excess
allocation     0.20    how much of the cost has an owner (every kept tag)
=============  ======  ===========================================================

The weights are this project's judgement: money paid for nothing weighs most, then what can be
lowered within a month, then what only helps to find it. How much of what a commitment could cover
is covered has no part: FOCUS does not say what a commitment could cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

WEIGHTS: Mapping[str, Decimal] = {
    "commitments": Decimal("0.35"),
    "discount": Decimal("0.20"),
    "steadiness": Decimal("0.25"),
    "allocation": Decimal("0.20"),
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
    :param list_cost: sum of ListCost of the lines that have a ListUnitPrice.
    :param listed_cost: EffectiveCost of the same lines.
    :param committed_cost: EffectiveCost of commitments, used or not.
    :param unused_cost: of it, what was not used.
    :param excess_cost: sum of the excess of anomalies nobody expected.
    :param allocated_cost: cost of lines that have every kept tag.
    """

    effective_cost: Decimal
    list_cost: Decimal | None = None
    listed_cost: Decimal | None = None
    committed_cost: Decimal | None = None
    unused_cost: Decimal | None = None
    excess_cost: Decimal | None = None
    allocated_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: ``value`` from 0 to 1, ``weight`` of all that could be told.

    ``part_cost`` of ``whole_cost`` was used, saved, not in excess, or had every tag.
    """

    name: str
    value: Decimal
    weight: Decimal
    part_cost: Decimal
    whole_cost: Decimal


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
    told = {name: costs for name, costs in _costs(spending).items() if costs and costs[1]}
    whole = sum((WEIGHTS[name] for name in told), Decimal(0))
    parts = tuple(
        Part(
            name,
            _ARITHMETIC.quantize(_value(name, *costs), _SHARE),
            _ARITHMETIC.quantize(_ARITHMETIC.divide(WEIGHTS[name], whole), _SHARE),
            *costs,
        )
        for name, costs in told.items()
    )
    if not parts:
        return Efficiency(None, ())
    weighted = sum(
        (WEIGHTS[name] * _value(name, *costs) for name, costs in told.items()), Decimal()
    )
    score = 100 * _ARITHMETIC.divide(weighted, whole)
    return Efficiency(_ARITHMETIC.quantize(score, _SCORE), parts)


def _costs(spending: Spending) -> dict[str, tuple[Decimal, Decimal] | None]:
    """By part, the cost that is well spent and the cost that it is of; None where not known."""
    whole = spending.effective_cost
    return {
        "commitments": _less(spending.unused_cost, spending.committed_cost),
        "discount": _less(spending.listed_cost, spending.list_cost),
        "steadiness": _less(spending.excess_cost, whole),
        "allocation": _of(spending.allocated_cost, whole),
    }


def _less(lost: Decimal | None, whole: Decimal | None) -> tuple[Decimal, Decimal] | None:
    if lost is None or whole is None:
        return None
    return max(_ARITHMETIC.subtract(whole, lost), Decimal(0)), whole


def _of(part: Decimal | None, whole: Decimal) -> tuple[Decimal, Decimal] | None:
    return None if part is None else (part, whole)


def _value(name: str, part: Decimal, whole: Decimal) -> Decimal:
    best = whole * BEST_DISCOUNT if name == "discount" else whole
    return min(_ARITHMETIC.divide(part, best), Decimal(1))


def _check(spending: Spending) -> None:
    for name in Spending.__dataclass_fields__:
        amount: Decimal | None = getattr(spending, name)
        if amount is not None and (not amount.is_finite() or amount < 0):
            raise NotFigures(f"{name} is {amount}: give a sum of zero or more, or leave it out")
