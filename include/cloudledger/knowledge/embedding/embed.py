"""Embed texts once each, as fast as the processor can, and lose little of it when killed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.embedding.vector_files import part_files, read_part, writing
from cloudledger.knowledge.embedding.workers import Job, Workers, embed_jobs

WINDOW = 20_000
"""Texts that are held and sorted by length at once: some 20 MB."""
JOB = 64
"""Texts that a process is given at a time."""
SAID_EVERY = 5.0
"""Seconds between two words on how far it is."""

MEMORY = 1_500_000_000
LOADED = 650_000_000
EACH = 250_000_000
"""Bytes: what embedding may take unless told otherwise, what a process that has loaded the packaged
model takes of it, and what each forked one adds while it embeds."""

HASH = 32
"""Characters of a text's hash."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a run embedded.

    :param texts: embedded now; ``left_out``: those that came again or that files have already.
    """

    texts: int
    left_out: int
    seconds: float

    @property
    def rate(self) -> float:
        """Texts a second; 0 when there was nothing to embed."""
        return self.texts / self.seconds if self.texts else 0.0


def embed(
    texts: Iterable[tuple[str, str]],
    encoder: Encoder,
    folder: Path,
    say: Callable[[str], None],
    *,
    processes: int = 0,
    expected: int = 0,
) -> Embedded:
    """Write the vectors of all texts that no file has yet, see :mod:`.vector_files`.

    Memory is bounded, but for 32 bytes of every text's hash. No threads of the caller may be in
    the middle of work that its forked copies would wait for: hold no session meanwhile.

    :param texts: hash of at most 32 characters, and text; one hash may come many times.
    :param folder: of all models' vectors: ``<home>/knowledge/embedded``.
    :param processes: 0: one for each core, as many as :data:`MEMORY` has room for.
    :param expected: how many texts there will be about, to tell the time left; 0: not known.
    :raises WorkerDied: a process was killed; what others wrote is found by the next run.
    :raises ModelUnusable: the model gives values that are no numbers.
    """
    with writing(folder, encoder.embedding_key, say):
        done = _Progress(say, expected)
        jobs = _jobs(texts, _known(folder, encoder.embedding_key, say), done)
        first = list(islice(jobs, processes or fitting()))
        jobs = chain(first, jobs)
        if len(first) < 2 or sys.platform != "linux":
            for count in embed_jobs(encoder, folder, jobs):
                done.add(count)
        else:
            with closing(Workers(encoder, folder, len(first))) as workers:
                for count in workers.run(jobs):
                    done.add(count)
        return Embedded(done.texts, done.left_out, done.seconds)


def fitting() -> int:
    """How many processes embed unless told otherwise."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    return max(1, min(cores, (MEMORY - LOADED) // EACH))


def _known(folder: Path, embedding_key: str, say: Callable[[str], None]) -> npt.NDArray[np.bytes_]:
    """The sorted hashes of all whole files; damaged ones are removed."""
    found = [_hashes([])]
    for path in part_files(folder, embedding_key):
        if (table := read_part(path)) is None:
            say(f"{path} is damaged: what it held is embedded again")
            path.unlink()
        else:
            found.append(_hashes(table.column("text_hash").to_pylist()))
    return np.unique(np.concatenate(found))


def _jobs(
    texts: Iterable[tuple[str, str]], known: npt.NDArray[np.bytes_], done: _Progress
) -> Iterator[Job]:
    """Texts that are not known, each once, in jobs of about equal length, the longest first."""
    rest = iter(texts)
    while window := list(islice(rest, WINDOW)):
        hashes, places = np.unique(_hashes([one for one, _ in window]), return_index=True)
        places = places[~np.isin(hashes, known, assume_unique=True)]
        done.left_out += len(window) - len(places)
        wanted = sorted((window[place] for place in places), key=lambda one: -len(one[1]))
        known = np.union1d(known, hashes)
        for begin in range(0, len(wanted), JOB):
            yield wanted[begin : begin + JOB]


def _hashes(texts: Sequence[str]) -> npt.NDArray[np.bytes_]:
    if any(len(text) > HASH for text in texts):
        raise ValueError(f"a text's hash has at most {HASH} characters")
    return np.array(texts, dtype=f"S{HASH}")


class _Progress:
    """How far it is, told at most every few seconds."""

    def __init__(self, say: Callable[[str], None], expected: int) -> None:
        self.texts = self.left_out = 0
        self._say = say
        self._expected = expected
        self._started = self._said = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def add(self, texts: int) -> None:
        self.texts += texts
        now = time.monotonic()
        if now - self._said < SAID_EVERY:
            return
        self._said = now
        rate = self.texts / (now - self._started)
        told = f"{self.texts:,} texts embedded, {rate:.0f} a second"
        if left := max(0, self._expected - self.left_out - self.texts):
            told += f", {left:,} to go in about {timedelta(seconds=round(left / rate))}"
        self._say(told)
