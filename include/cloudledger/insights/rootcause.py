"""The dimension values behind an excess: which accounts, services, SKUs, resources made it.

The cost of one day or event is cut into leaves by its dimensions, each with what it was expected
to cost and what it did. :func:`explain` names the fewest sets of values whose leaves together
moved more than leaves ordinarily do (see ``pursuit``), with the money each is to blame for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.leaf_sets import Floats, Ints, LeafSets, coded, leaf_sets, number_of
from cloudledger.insights.movement import movement
from cloudledger.insights.pursuit import pursue

MEASURES = ("expected", "actual", "noise")
CURRENCIES = ("billing_currency", "BillingCurrency")
WEEK = 7
_DIGITS = 9
_LAST_DIGIT = Decimal(1).scaleb(-_DIGITS)
_ROUND_DOWN = Context(prec=60, rounding=ROUND_DOWN)
_USUAL_TAIL = 0.9
_NORMAL_TAIL = 1.645


class NotLeaves(ValueError):
    """The rows are not a bill cut by its dimensions: what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Values that explain a part of an excess.

    :param values: dimension to value; an absent value is the empty text.
    :param amount: money of the excess it accounts for, in the leaves' currency; no leaf is
        counted for two causes, and together, offsets included, they never exceed the excess.
    :param share: ``amount`` as part of the excess that the offsets hide: those of causes add up
        to 1 at most, those of offsets are negative.
    :param expected: what all leaves with these values should have cost.
    :param actual: what they did cost.
    :param is_new: nothing of it was expected to cost anything.
    :param offsets: it moved against the excess and hides part of it.
    """

    values: dict[str, str]
    share: float
    amount: Decimal
    expected: Decimal
    actual: Decimal
    is_new: bool
    offsets: bool


def explain(
    leaves: pd.DataFrame, history: pd.DataFrame | None = None, days: int = 1
) -> list[Cause]:
    """Name what made a bill differ from what was expected, the largest cause first.

    Offsetting causes come last. Nothing is named when the leaves only moved as leaves do.

    :param leaves: one row a leaf: a column for each dimension, ``expected`` and ``actual`` cost,
        and maybe ``noise``: the standard deviation of the leaf's cost on ordinary days. All costs
        in one currency. Rows with the same values are added up.
    :param history: ordinary days, to learn ``noise`` from: the same dimensions, ``day``, ``cost``.
        Less than two weeks tell none; it is then guessed from neighbours.
    :param days: of how many days ``expected`` and ``actual`` are the sum.
    :raises NotLeaves: a column is missing, a cost is no finite number, currencies are mixed.
    """
    dimensions = _dimensions(leaves)
    if not len(leaves):
        return []
    if history is not None and "noise" not in leaves and _span(history) >= 2 * WEEK:
        leaves = leaves.assign(noise=ordinary_movement(leaves, history, days))
    figures = {name: _finite(leaves, name) for name in MEASURES if name in leaves}
    codes, texts = coded(leaves, dimensions)
    codes, figures = _added_up(codes, figures)
    expected, actual, noise = figures["expected"], figures["actual"], figures.get("noise")
    if not (actual != expected).any():
        return []
    sets = leaf_sets(dimensions, codes, texts)
    found = pursue(sets, movement(expected, actual), noise)
    return _causes(sets, [one.candidate for one in found], expected, actual)


def ordinary_movement(leaves: pd.DataFrame, history: pd.DataFrame, days: int = 1) -> pd.Series:
    """How far each leaf's cost moves from week to week: a standard deviation, of so many days.

    The 90th percentile of how far days lie from the same weekday before, as the normal
    distribution has it: a job that runs now and then counts as moving, a single old incident does
    not. Days without a row cost nothing, and move independently of each other; a leaf without a
    history moves not at all.

    :param history: the dimensions of ``leaves``, ``day`` (datetime64) and ``cost``; two weeks.
    """
    dimensions = _dimensions(leaves)
    missing = [name for name in (*dimensions, "day", "cost") if name not in history]
    if missing:
        raise NotLeaves(f"the history of ordinary days lacks {', '.join(missing)}: add it")
    cost = _finite(history, "cost")
    both = pd.concat([leaves[dimensions], history[dimensions]], ignore_index=True)
    count, number = number_of(coded(both, dimensions)[0])
    day = history["day"].to_numpy("datetime64[D]").astype(np.int64)
    day -= day.min()
    by_day = np.zeros((count, day.max() + 1))
    np.add.at(by_day, (number[len(leaves) :], day), cost)
    apart = np.abs(by_day[:, WEEK:] - by_day[:, :-WEEK])
    spread = np.quantile(apart, _USUAL_TAIL, axis=1) / (_NORMAL_TAIL * np.sqrt(2))
    return pd.Series(spread[number[: len(leaves)]] * np.sqrt(days), index=leaves.index)


def _span(history: pd.DataFrame) -> int:
    """Days from the first to the last of a history."""
    if "day" not in history:
        raise NotLeaves("the history of ordinary days lacks day: add it")
    if not len(history):
        return 0
    return int((history["day"].max() - history["day"].min()).days) + 1


def _dimensions(leaves: pd.DataFrame) -> list[str]:
    missing = [name for name in ("expected", "actual") if name not in leaves]
    if missing:
        raise NotLeaves(f"the leaves lack the column {' and '.join(missing)}: add it")
    for name in CURRENCIES:
        mixed = sorted({str(value) for value in leaves[name]}) if name in leaves else []
        if len(mixed) > 1:
            raise NotLeaves(f"the leaves are in {', '.join(mixed)}: explain one currency at a time")
    result = [name for name in leaves.columns if name not in (*MEASURES, *CURRENCIES)]
    if not result:
        raise NotLeaves("the leaves have no dimension: add a column such as service_name")
    return result


def _finite(rows: pd.DataFrame, name: str) -> Floats:
    try:
        values = rows[name].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise NotLeaves(f"{name} has a value that is no number: {error}") from error
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise NotLeaves(
            f"{name} is not a finite number in {len(bad)} of {len(rows)} rows, the first is row "
            f"{rows.index[bad[0]]}: leave it out, or give 0 where nothing was expected"
        )
    return np.asarray(np.round(values, _DIGITS), np.float64)


def _added_up(codes: Ints, figures: dict[str, Floats]) -> tuple[Ints, dict[str, Floats]]:
    """One column for leaves with the same values; noises add as if independent."""
    different, number = number_of(codes)
    if different == len(number):
        return codes, figures
    added: dict[str, Floats] = {}
    for name, figure in figures.items():
        power = 2 if name == "noise" else 1
        added[name] = np.asarray(np.bincount(number, figure**power) ** (1 / power), np.float64)
    _, first = np.unique(number, return_index=True)
    return codes[:, first], added


def _causes(
    sets: LeafSets,
    candidates: Sequence[int],
    expected: Floats,
    actual: Floats,
) -> list[Cause]:
    over = actual - expected
    direction = -1.0 if over.sum() < 0 else 1.0
    amounts = _claimed([sets.members(one) for one in candidates], over)
    with_it = sum(amount for amount in amounts if amount * direction > 0)
    against = sum(amount for amount in amounts if amount * direction < 0)
    whole = abs(float(over.sum()) - against)
    cap = min(1.0, whole / abs(with_it)) if with_it else 1.0
    causes = []
    for candidate, amount in zip(candidates, amounts, strict=True):
        offsets = amount * direction < 0
        counted = amount if offsets else amount * cap
        if _money(counted) == 0:
            continue
        members = sets.members(candidate)
        causes.append(
            Cause(
                values=sets.values(candidate),
                share=counted * direction / whole,
                amount=_money(counted),
                expected=_money(float(expected[members].sum())),
                actual=_money(float(actual[members].sum())),
                is_new=not expected[members].any(),
                offsets=offsets,
            )
        )
    return sorted(causes, key=lambda cause: (cause.offsets, -abs(cause.amount)))


def _claimed(members: list[npt.NDArray[np.bool_]], over: Floats) -> list[float]:
    """The excess of each set's leaves; a leaf in two belongs to the smaller set."""
    amounts = [0.0] * len(members)
    free = np.ones(len(over), bool)
    for place in sorted(range(len(members)), key=lambda place: (members[place].sum(), place)):
        amounts[place] = float(over[members[place] & free].sum())
        free &= ~members[place]
    return amounts


def _money(amount: float) -> Decimal:
    """Rounded towards zero, so that no rounding claims more than there is."""
    return _ROUND_DOWN.quantize(Decimal(amount), _LAST_DIGIT)
