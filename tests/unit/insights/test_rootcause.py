"""What explain names, against cubes with causes that are known."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.rootcause import Cause, NotLeaves, explain, ordinary_movement

ACCOUNTS = ("shop", "data", "lab", "web", "ops")
SERVICES = {"Compute": ("vm", "gpu"), "Storage": ("block", "object"), "Queries": ("scan",)}
REGIONS = ("zurich", "frankfurt", "ashburn")


def cube(seed: int) -> pd.DataFrame:
    """Leaves that move by a twentieth, but for queries, which run one day in three."""
    rng = np.random.default_rng(seed)
    rows = [
        (account, service, sku, region)
        for account, (service, skus), region in product(ACCOUNTS, SERVICES.items(), REGIONS)
        for sku in skus
        if rng.random() < 0.8
    ]
    leaves = pd.DataFrame(rows, columns=["account", "service", "sku", "region"])
    expected = np.exp(rng.normal(3, 1, len(leaves)))
    actual = expected * np.exp(rng.normal(0, 0.05, len(leaves)))
    queries = (leaves["service"] == "Queries").to_numpy()
    noise = np.where(queries, 1.4, 0.05) * expected
    runs = np.exp(rng.normal(0, 0.8, queries.sum())) * 3 * (rng.random(queries.sum()) < 1 / 3)
    actual[queries] = expected[queries] * runs
    return leaves.assign(expected=expected, actual=actual, noise=noise)


def selected(leaves: pd.DataFrame, values: dict[str, str]) -> np.ndarray:
    mask = np.ones(len(leaves), bool)
    for name, value in values.items():
        mask &= (leaves[name] == value).to_numpy()
    return mask


def moved(leaves: pd.DataFrame, values: dict[str, str], times: float) -> pd.DataFrame:
    """The same leaves, those of the values moved by so many times the largest ordinary movement."""
    mask = selected(leaves, values)
    largest = (leaves["actual"] - leaves["expected"]).abs().max()
    part = leaves["expected"] * mask
    return leaves.assign(actual=leaves["actual"] + times * largest * part / part.sum())


def named(leaves: pd.DataFrame, **kwargs: pd.DataFrame) -> list[dict[str, str]]:
    return [cause.values for cause in explain(leaves, **kwargs)]


@pytest.mark.parametrize(
    "values",
    [
        {"account": "shop"},
        {"sku": "gpu"},
        {"account": "data", "service": "Storage"},
        {"account": "web", "region": "zurich", "sku": "vm"},
    ],
)
def test_the_values_that_moved_are_named_and_jobs_that_ran_are_not(values: dict[str, str]) -> None:
    alone, guessed_first, guessed, cubes = 0, 0, 0, 0
    for seed in range(40):
        leaves = cube(seed)
        mask = selected(leaves, values)
        if not mask.any():
            continue
        day = moved(leaves, values, 4.0)
        known, guess = named(day), named(day.drop(columns="noise"))
        cubes += 1
        alone += len(known) == 1 and bool((selected(leaves, known[0]) == mask).all())
        guessed_first += bool(guess) and bool((selected(leaves, guess[0]) == mask).all())
        guessed += len(guess)
    assert cubes > 20
    assert alone >= 0.9 * cubes
    assert guessed_first >= 0.9 * cubes
    assert guessed <= 1.7 * cubes


def test_an_ordinary_day_has_no_cause() -> None:
    assert sum(len(explain(cube(seed))) for seed in range(60)) <= 3


def calm(seed: int) -> pd.DataFrame:
    """Leaves without jobs, whose noise is not known."""
    leaves = cube(seed).drop(columns="noise")
    return leaves[leaves["service"] != "Queries"].reset_index(drop=True)


def test_an_offset_is_shown_and_the_cause_is_larger_than_the_net_excess() -> None:
    day = calm(3)
    for account, times in (("shop", 3.0), ("lab", 0.4)):
        day.loc[day["account"] == account, "actual"] *= times
    causes = explain(day)
    assert [cause.values for cause in causes] == [{"account": "shop"}, {"account": "lab"}]
    assert causes[0].amount > Decimal(str((day["actual"] - day["expected"]).sum()))
    assert [cause.offsets for cause in causes] == [False, True]
    assert causes[0].amount > 0 > causes[1].amount
    assert causes[1].share < 0 < causes[0].share <= 1


def test_a_resource_that_is_new_is_named_as_new() -> None:
    leaves = calm(5)
    leaves["resource"] = [f"r{row}" for row in range(len(leaves))]
    new = {**leaves.iloc[0].to_dict(), "resource": "r-new", "expected": 0.0, "actual": 900.0}
    (cause,) = explain(pd.concat([leaves, pd.DataFrame([new])], ignore_index=True))
    assert cause.values == {"resource": "r-new"}
    assert cause.is_new
    assert (cause.expected, cause.actual) == (Decimal(0), Decimal(900))


def test_a_fall_is_explained_like_a_rise() -> None:
    leaves = cube(7)
    fallen = leaves.assign(
        actual=np.where(leaves["account"] == "ops", leaves["expected"] * 0.3, leaves["expected"])
    )
    (cause,) = explain(fallen)
    assert cause.values == {"account": "ops"}
    assert cause.amount < 0
    assert not cause.offsets
    assert cause.share == pytest.approx(1)


def test_of_names_for_the_same_leaves_the_shortest_is_told_then_the_more_specific() -> None:
    rows = [(a, s, 10.0, 10.0) for a in "abcdef" for s in "xyz" if (a, s) != ("f", "x")]
    leaves = pd.DataFrame(rows, columns=["account", "service", "expected", "actual"])
    only = pd.DataFrame([("a-new-one", "q", 10.0, 400.0), ("b", "r", 10.0, 10.0)])
    leaves = pd.concat([leaves, only.set_axis(leaves.columns, axis=1)], ignore_index=True)
    (cause,) = explain(leaves.assign(zone=leaves["service"]))
    assert len(cause.values) == 1
    backwards = leaves[["service", "account", "expected", "actual"]]
    also = leaves[leaves["service"] != "q"].iloc[:1].assign(service="q", expected=1.0, actual=1.0)
    (cause,) = explain(pd.concat([backwards, also], ignore_index=True))
    assert cause.values == {"account": "a-new-one"}


def test_the_order_of_rows_does_not_matter() -> None:
    day = moved(cube(11), {"service": "Storage", "region": "ashburn"}, 3.0).drop(columns="noise")
    assert named(day) == named(day.sample(frac=1, random_state=1)) != []


def test_rows_of_the_same_leaf_are_added_up() -> None:
    day = moved(cube(2), {"account": "lab"}, 5.0).drop(columns="noise")
    half = day.assign(expected=day["expected"] / 2, actual=day["actual"] / 2)
    twice = explain(pd.concat([half, half]))
    assert [cause.values for cause in twice] == named(day) == [{"account": "lab"}]


def test_a_history_tells_which_movements_are_ordinary() -> None:
    rng = np.random.default_rng(1)
    leaves = cube(4).drop(columns="noise")
    dimensions = ["account", "service", "sku", "region"]
    days = pd.date_range("2026-01-01", periods=40)
    history = pd.concat([leaves[dimensions].assign(day=day) for day in days], ignore_index=True)
    usual = np.tile(leaves["expected"], len(days))
    wild = (history["account"] == "data").to_numpy()
    history["cost"] = usual * np.where(wild, np.exp(rng.normal(0, 0.6, len(history))), 1.0)
    noise = ordinary_movement(leaves, history)
    assert (noise[leaves["account"] != "data"] == 0).all()
    assert (noise / leaves["expected"])[leaves["account"] == "data"].min() > 0.3
    today = np.exp(rng.normal(0, 0.6, len(leaves)))
    wild = (leaves["account"] == "data").to_numpy()
    day = leaves.assign(actual=leaves["expected"] * np.where(wild, today, 1.0))
    day.loc[day["account"] == "web", "actual"] *= 1.8
    assert named(day, history=history) == [{"account": "web"}]
    assert explain(day, history[history["day"] < days[10]]) == explain(day)
    assert explain(day, history.head(0)) == explain(day)
    weeks = ordinary_movement(leaves, history, days=9)
    assert np.allclose(weeks, 3 * noise)


def test_a_week_s_pattern_is_no_ordinary_movement() -> None:
    leaves = calm(4)
    dimensions = ["account", "service", "sku", "region"]
    days = pd.date_range("2026-01-05", periods=28)
    history = pd.concat([leaves[dimensions].assign(day=day) for day in days], ignore_index=True)
    history["cost"] = np.where(history["day"].dt.day_of_week < 5, 10.0, 0.0)
    assert (ordinary_movement(leaves, history) == 0).all()


def test_a_value_that_is_absent_is_the_empty_text() -> None:
    day = moved(calm(6), {"account": "shop"}, 5.0)
    tagged = day.assign(team=np.where(day["account"] == "shop", None, "known")).drop(
        columns="account"
    )
    assert named(tagged) == [{"team": ""}]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"actual": np.nan}, "actual is not a finite number in 1 of"),
        ({"expected": np.inf}, "expected is not a finite number"),
        ({"noise": -np.inf}, "noise is not a finite number"),
    ],
)
def test_a_cost_that_is_no_number_is_refused(change: dict[str, float], reason: str) -> None:
    leaves = cube(1)
    for name, value in change.items():
        leaves.loc[3, name] = value
    with pytest.raises(NotLeaves, match=reason):
        explain(leaves)


def test_what_cannot_be_explained_is_refused_with_a_reason() -> None:
    leaves = cube(1)
    with pytest.raises(NotLeaves, match="lack the column expected"):
        explain(leaves.drop(columns="expected"))
    with pytest.raises(NotLeaves, match="no dimension"):
        explain(leaves[["expected", "actual"]])
    with pytest.raises(NotLeaves, match="CHF, EUR: explain one currency"):
        explain(
            leaves.assign(
                billing_currency=["EUR", "CHF"] * (len(leaves) // 2) + ["EUR"] * (len(leaves) % 2)
            )
        )
    with pytest.raises(NotLeaves, match="history of ordinary days lacks"):
        explain(leaves.drop(columns="noise"), history=leaves[["account"]])
    with pytest.raises(NotLeaves, match="no number"):
        explain(leaves.assign(actual="many"))


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_leaves_do_no_harm(rows: int) -> None:
    leaves = cube(1).drop(columns="noise").iloc[:rows]
    assert explain(leaves.assign(actual=leaves["expected"])) == []
    for cause in explain(leaves.assign(actual=leaves["expected"] * 50)):
        assert cause.share <= 1


amounts = st.floats(-1e13, 1e13, allow_subnormal=False) | st.just(0.0) | st.floats(0, 100)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("123"), amounts, amounts
        ),
        min_size=1,
        max_size=25,
    )
)
def test_causes_never_claim_more_than_the_excess(
    rows: list[tuple[str, str, str, float, float]],
) -> None:
    leaves = pd.DataFrame(rows, columns=["account", "service", "region", "expected", "actual"])
    causes = explain(leaves)
    over = (leaves["actual"] - leaves["expected"]).to_numpy()
    slack = 1e-9 * float(np.abs(over).sum() + leaves["expected"].abs().sum()) + 1e-9
    claimed = sum(float(cause.amount) for cause in causes)
    assert claimed * (-1 if over.sum() < 0 else 1) <= abs(over.sum()) + slack
    assert sum(cause.share for cause in causes if not cause.offsets) <= 1 + 1e-9
    assert all(np.isfinite(cause.share) and -1e18 < cause.amount < 1e18 for cause in causes)
    assert causes == sorted(causes, key=_rank)
    texts = [tuple(sorted(cause.values.items())) for cause in causes]
    assert len(set(texts)) == len(texts)


def _rank(cause: Cause) -> tuple[bool, Decimal]:
    return cause.offsets, -abs(cause.amount)
