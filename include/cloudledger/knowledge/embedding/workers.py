"""Copies of this process that embed side by side: a loaded model's memory is shared by all."""

from __future__ import annotations

import gc
import signal
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import TypeAlias

import numpy as np

from cloudledger.knowledge.embedding.encoder import Encoder, Vectors
from cloudledger.knowledge.embedding.vector_files import PART, write_part
from cloudledger.memory import give_back

Job: TypeAlias = Sequence[tuple[str, str]]
"""Hashes and texts."""


class WorkerDied(Exception):
    """A process that embedded was killed or failed: how, and what to do."""


def embed_jobs(encoder: Encoder, folder: Path, jobs: Iterable[Job]) -> Iterator[int]:
    """Embed in this process; gives the number of each job's texts when it is embedded."""
    hashes: list[str] = []
    vectors: list[Vectors] = []
    for job in jobs:
        hashes.extend(text_hash for text_hash, _ in job)
        vectors.append(encoder.documents([text for _, text in job]))
        give_back()
        if len(hashes) >= PART:
            write_part(folder, encoder.embedding_key, hashes, np.concatenate(vectors))
            hashes, vectors = [], []
        yield len(job)
    if hashes:
        write_part(folder, encoder.embedding_key, hashes, np.concatenate(vectors))


class Workers:
    """Forked processes, each with a pipe of its own. Each has at most one job at a time."""

    def __init__(self, encoder: Encoder, folder: Path, count: int) -> None:
        self._processes: dict[Connection, ForkProcess] = {}
        fork = get_context("fork")
        for _ in range(count):
            ours, theirs = fork.Pipe()
            others = [*self._processes, ours]
            process = fork.Process(
                target=_work, args=(encoder, folder, theirs, others), daemon=True
            )
            process.start()
            theirs.close()
            self._processes[ours] = process

    def run(self, jobs: Iterable[Job]) -> Iterator[int]:
        """Have all jobs embedded and written; gives the number of texts of each that is embedded.

        :raises WorkerDied: a process did not end well.
        """
        idle = list(self._processes)
        for job in jobs:
            while not idle:
                ready = wait(list(self._processes))
                for pipe in self._processes:
                    if pipe in ready:
                        yield self._answer(pipe)
                        idle.append(pipe)
            self._send(idle.pop(), job)
        for pipe in idle:
            self._send(pipe, None)
        ending = set(idle)
        for pipe in set(self._processes) - ending:
            yield self._answer(pipe)
            self._send(pipe, None)
        for pipe in self._processes:
            self._ended(pipe)

    def close(self) -> None:
        """End what still runs."""
        for pipe, process in self._processes.items():
            pipe.close()
            if process.is_alive():
                process.terminate()
            process.join()

    def _send(self, pipe: Connection, job: Job | None) -> None:
        try:
            pipe.send(job)
        except (BrokenPipeError, ConnectionResetError):
            raise self._died(pipe) from None

    def _answer(self, pipe: Connection) -> int:
        try:
            found: int | str = pipe.recv()
        except (EOFError, ConnectionResetError):
            raise self._died(pipe) from None
        if isinstance(found, str):
            raise _failed(found)
        return found

    def _ended(self, pipe: Connection) -> None:
        """Wait until a process that was told to end has written its last vectors and is gone."""
        try:
            found = pipe.recv()
        except (EOFError, ConnectionResetError):
            self._processes[pipe].join()
            if self._processes[pipe].exitcode != 0:
                raise self._died(pipe) from None
        else:
            raise _failed(found)

    def _died(self, pipe: Connection) -> WorkerDied:
        process = self._processes[pipe]
        process.join()
        code = process.exitcode or 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerDied(
            f"An embedding process {how}. What has been written stays, so run it again; if memory "
            f"is short (SIGKILL), set knowledge.processes below {len(self._processes)}"
        )


def _work(encoder: Encoder, folder: Path, pipe: Connection, others: Sequence[Connection]) -> None:
    """A process's life: jobs in, numbers of embedded texts out, the error's text if one comes up.

    When the parent is gone, so is its end of the pipe: what is embedded is written then.
    """
    gc.freeze()  # a collection would copy every page that is shared with the parent
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:
        other.close()
    try:
        for done in embed_jobs(encoder, folder, _received(pipe)):
            _tell(pipe, done)
    except BaseException:
        _tell(pipe, traceback.format_exc())
        raise


def _received(pipe: Connection) -> Iterator[Job]:
    while (job := _next(pipe)) is not None:
        yield job


def _next(pipe: Connection) -> Job | None:
    try:
        found: Job | None = pipe.recv()
    except (EOFError, ConnectionResetError):
        return None
    return found


def _tell(pipe: Connection, found: int | str) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.send(found)


def _failed(found: str) -> WorkerDied:
    return WorkerDied(f"An embedding process failed; what it had written stays:\n{found}")
