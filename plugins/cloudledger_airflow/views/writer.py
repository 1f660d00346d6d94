"""The warehouse open for a page's own writing: one writer of this process at a time, soon or not.

In DuckDB a second one would share the first one's file, and lose the lock that keeps other
processes out when the first one closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

from cloudledger.warehouse.port import Warehouse, WarehouseBusy

WAIT_SECONDS = 5.0
"""How long a request waits for its turn, and then again for another process's writing to end."""

Opening = Callable[[], AbstractContextManager[Warehouse]]


def one_at_a_time(opening: Opening, wait_seconds: float = WAIT_SECONDS) -> Opening:
    """What opens the warehouse the same way, when it is this thread's turn.

    :param opening: is to wait for other processes no longer than ``wait_seconds``.
    """
    turn = Lock()

    @contextmanager
    def opened() -> Iterator[Warehouse]:
        if not turn.acquire(timeout=wait_seconds):
            raise WarehouseBusy(
                f"others write to the warehouse, and did not end within {wait_seconds:g} s: "
                "send it again"
            )
        try:
            with opening() as warehouse:
                yield warehouse
        finally:
            turn.release()

    return opened
