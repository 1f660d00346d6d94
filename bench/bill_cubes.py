"""A day of a made-up bill, cut by its dimensions, and what made it dearer or cheaper than expected.

An incident is sized in the largest ordinary movement of the day: the query somebody ran, the batch
that did not. Below once that size nobody can tell the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.bill_company import company, noise_of

DIMENSIONS = ("account", "service", "region", "sku")
SIZES = (1.5, 3.0, 6.0)
HISTORY = 120
COMPANIES = 3

PLACES: tuple[tuple[str, ...], ...] = (
    ("account",),
    ("sku",),
    ("service", "region"),
    ("account", "service"),
    ("account", "region"),
    ("account", "sku"),
    ("account", "region", "sku"),
)
NEW = {"region": "sa-saopaulo-1", "service": "Compute", "sku": "Accelerator hours"}


@dataclass(frozen=True, slots=True)
class Cube:
    """Leaves [account, service, region, sku, expected, actual], their noise, and the true causes.

    :param causes: each the fewest values that select its leaves; several sets of as few may.
    """

    leaves: pd.DataFrame
    noise: NDArray[np.float64]
    causes: tuple[dict[str, str], ...]

    def same_leaves(self, one: dict[str, str], other: dict[str, str]) -> bool:
        """Whether two causes mean the same: they select the same leaves."""
        return bool((selected(self.leaves, one) == selected(self.leaves, other)).all())


def selected(leaves: pd.DataFrame, values: dict[str, str]) -> NDArray[np.bool_]:
    """The leaves that have these values."""
    mask = np.ones(len(leaves), bool)
    for dimension, value in values.items():
        mask &= (leaves[dimension] == value).to_numpy()
    return mask


def cube_set(seed: int, cubes: int, times: float) -> list[Cube]:
    """So many cubes, each with incidents of so many times the largest ordinary movement."""
    return [cube(seed, number, times) for number in range(cubes)]


def cube(seed: int, number: int, times: float) -> Cube:
    """One cube; the causes are one (in seven of ten) or two, which share no leaf."""
    rng = np.random.default_rng([seed, number, 2])
    leaves, noise = _ordinary_day(seed, number, rng)
    largest = float(np.abs(leaves["actual"] - leaves["expected"]).max())
    total, free = leaves["expected"].sum(), np.ones(len(leaves), bool)
    actual, causes = leaves["actual"].to_numpy().copy(), []
    if rng.random() < 0.12:
        born = {**NEW, "account": str(rng.choice(leaves["account"].unique()))}
        leaves = pd.concat([leaves, pd.DataFrame([{**born, "expected": 0.0, "actual": 0.0}])])
        leaves = leaves.reset_index(drop=True)
        actual, noise = np.append(actual, times * largest), np.append(noise, 0.0)
        free = np.append(free, False)
        causes.append(_shortest(leaves, born, selected(leaves, born)))
    wanted = int(rng.choice([1, 2], p=[0.7, 0.3]))
    for _ in range(500):
        if len(causes) >= wanted:
            break
        row = leaves.iloc[int(rng.integers(len(leaves)))]
        place = PLACES[int(rng.integers(len(PLACES)))]
        values = {dimension: str(row[dimension]) for dimension in place}
        mask = selected(leaves, values)
        part = leaves["expected"].to_numpy()[mask]
        sign = rng.choice([1.0, -1.0], p=[0.85, 0.15])
        change = sign * times * largest
        if not (free[mask].all() and 0.002 < part.sum() / total < 0.3 and part.sum() + change > 0):
            continue
        share = part * np.exp(rng.normal(0, 0.2, len(part)))
        actual[mask] = np.maximum(actual[mask] + change * share / share.sum(), 0.0)
        free &= ~mask
        causes.append(_shortest(leaves, values, mask))
    return Cube(leaves.assign(actual=np.round(actual, 6)), noise, tuple(causes))


def _ordinary_day(
    seed: int, number: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    parts, noise = [], []
    for one in range(COMPANIES):
        bill = company(np.random.SeedSequence([seed, number, one]), HISTORY, incidents=False)
        day = int(rng.integers(HISTORY - 30, HISTORY))
        guess = bill.ordinary[:, day] * np.exp(rng.normal(0, 0.03, len(bill.resources)))
        parts.append(
            bill.resources.assign(
                account=bill.resources["account"] + f"-{one + 1}",
                expected=np.round(guess, 6),
                actual=bill.cost[:, day],
            )
        )
        noise += [noise_of(*pair) for pair in zip(bill.cost, bill.ordinary, strict=True)]
    leaves = pd.concat(parts, ignore_index=True)
    lives = ((leaves["expected"] > 0) | (leaves["actual"] > 0)).to_numpy()
    return leaves[lives].reset_index(drop=True), np.array(noise)[lives]


def _shortest(
    leaves: pd.DataFrame, values: dict[str, str], mask: NDArray[np.bool_]
) -> dict[str, str]:
    for length in range(1, len(values) + 1):
        for names in combinations(sorted(values), length):
            fewer = {name: values[name] for name in names}
            if (selected(leaves, fewer) == mask).all():
                return fewer
    return values
