"""Objects into batches: one mapped task each."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from cloudledger.clouds.object_store import SourceObject


def batches(objects: Sequence[SourceObject], at_most: int = 32) -> list[list[SourceObject]]:
    """The objects in at most ``at_most`` batches of nearly equal bytes, the same for any order.

    Largest first, each into the batch that holds the fewest bytes so far; inside a batch objects
    stand in delivery order, so that an older version is never taken in after a newer one.
    """
    heap = [(0, number) for number in range(min(at_most, len(objects)))]
    filled: list[list[SourceObject]] = [[] for _ in heap]
    for item in sorted(objects, key=lambda item: (-item.bytes, item.uri, item.etag)):
        size, number = heapq.heappop(heap)
        filled[number].append(item)
        heapq.heappush(heap, (size + item.bytes, number))
    return [sorted(batch, key=lambda item: (item.delivered_at, item.uri)) for batch in filled]
