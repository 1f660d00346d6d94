"""The DuckDB connections that blocks are read on: one thread each, kept from block to block."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from cloudledger.engine import engine

THREADS = 2
"""How many blocks of a report are read at once."""
MEMORY = "250MB"
KEPT = 4

_idle: defaultdict[int, list[Worker]] = defaultdict(list)


class Worker:
    """A connection, and what was told it once for all its life."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self._told: dict[str, str] = {}
        self._done: set[str] = set()

    def tell(self, name: str, statement: str) -> bool:
        """Run a statement unless it is what ran last under this name; whether it ran."""
        if self._told.get(name) == statement:
            return False
        self.con.execute(statement).fetchall()
        self._told[name] = statement
        return True

    def once(self, name: str, act: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        """Act on the connection the first time that the name comes up."""
        if name not in self._done:
            act(self.con)
            self._done.add(name)


@contextmanager
def borrowed() -> Iterator[Worker]:
    """An idle worker of this process, or a new one. It goes back unless an error comes up."""
    idle = _idle[os.getpid()]  # a forked child must not use its parent's connections
    try:
        worker = idle.pop()
    except IndexError:
        worker = Worker(engine(memory=MEMORY, threads=1))
    try:
        yield worker
    except BaseException:
        worker.con.close()
        raise
    if len(idle) < KEPT:
        idle.append(worker)
    else:
        worker.con.close()
