from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.ledger.batches import batches


def deliveries(sizes: list[int]) -> list[Delivery]:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        Delivery.of(
            SourceObject(
                uri=f"s3://bucket/{number}",
                etag="e",
                bytes=size,
                delivered_at=start + timedelta(hours=number),
                source="sample",
            )
        )
        for number, size in enumerate(sizes)
    ]


@given(st.lists(st.integers(0, 10**9), max_size=200), st.integers(1, 40), st.integers())
def test_every_delivery_is_in_one_batch_whatever_the_order(
    sizes: list[int], at_most: int, seed: int
) -> None:
    given_deliveries = deliveries(sizes)
    shuffled = random.Random(seed).sample(given_deliveries, len(given_deliveries))
    made = batches(shuffled, at_most)
    assert made == batches(given_deliveries, at_most)
    assert {item for batch in made for item in batch} == set(given_deliveries)
    assert sum(map(len, made)) == len(sizes)
    assert len(made) == min(at_most, len(sizes))
    assert all(batch == sorted(batch, key=lambda item: item.delivered_at) for batch in made)


@given(st.lists(st.integers(1, 1000), min_size=8, max_size=100))
def test_no_batch_is_heavier_than_the_lightest_by_more_than_one_delivery(sizes: list[int]) -> None:
    weights = [sum(item.bytes for item in batch) for batch in batches(deliveries(sizes), 8)]
    assert max(weights) - min(weights) <= max(sizes)
