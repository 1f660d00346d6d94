"""Which series add up to which."""

from __future__ import annotations

import numpy as np
import pytest
from test_series import AWS, KUBERNETES, row, usage

from cloudledger.insights.dimensions import Kind
from cloudledger.insights.series import series_of
from cloudledger.insights.sums import sums_of


def test_every_split_adds_up_to_the_series_it_is_of():
    rows = [
        row(day, 1.0 + day + 3 * place, **{name: value})
        for day in range(4)
        for place, (name, value) in enumerate(
            [
                ("service_name", "COMPUTE"),
                ("service_name", "DATABASE"),
                ("sub_account_id", "lab"),
                ("region_id", None),
                ("tag_set_id", "t2"),
                ("billing_currency", "USD"),
            ]
        )
    ]
    rows += [row(day, 2.0, **AWS) for day in range(4)]
    rows += [row(day, 5.0, **KUBERNETES) for day in range(4)]
    found = series_of(usage(*rows), [], tag_keys=["owner"])
    at = {one.series_id: place for place, one in enumerate(found.series)}
    kind = {one.series_id: one.kind for one in found.series}
    sums = sums_of(found.series)
    assert {kind[name] for name in sums} == {
        Kind.TOTAL,
        Kind.PROVIDER,
        Kind.SERVICE,
        Kind.SUB_ACCOUNT,
    }
    for whole, ways in sums.items():
        for parts in ways:
            added = np.nansum([found.costs[at[name]] for name in parts], axis=0)
            assert added == pytest.approx(np.nan_to_num(found.costs[at[whole]])), kind[whole]


def test_a_total_is_split_by_provider_and_by_each_tag():
    found = series_of(usage(row(0, 5), row(0, 1, tag_set_id="t2")), [], tag_keys=["owner"])
    (total,) = [one.series_id for one in found.series if one.kind is Kind.TOTAL]
    assert sorted(len(parts) for parts in sums_of(found.series)[total]) == [1, 2]
