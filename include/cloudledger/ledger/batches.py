"""Deliveries into batches: one mapped task each."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from cloudledger.clouds.delivery import Delivery


def batches(deliveries: Sequence[Delivery], at_most: int = 32) -> list[list[Delivery]]:
    """The deliveries in at most ``at_most`` batches of nearly equal bytes, the same for any order.

    Largest first, each into the batch that holds the fewest bytes so far; inside a batch they
    stand in the order in which they were delivered.
    """
    heap = [(0, number) for number in range(min(at_most, len(deliveries)))]
    filled: list[list[Delivery]] = [[] for _ in heap]
    for delivery in sorted(deliveries, key=lambda one: (-one.bytes, one.name, one.objects)):
        size, number = heapq.heappop(heap)
        filled[number].append(delivery)
        heapq.heappush(heap, (size + delivery.bytes, number))
    return [sorted(batch, key=lambda one: (one.delivered_at, one.name)) for batch in filled]
