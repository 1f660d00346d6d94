"""``python -m bench.knowledge``: how fast texts are embedded, and in how much memory.

One table. Each line is measured in a process of its own. The same texts are embedded by turns
(``embed``, the model's own ``encode``, ``encode``, ``embed``) with one loaded model, the same
number of forked processes of one thread each, sorted by length alike; the ratio is of both rates
within the line, so a machine that is busy with other work slows both. Memory is the peak of the
proportional set size (PSS) of all processes together: shared pages count once.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding.embed import embed
from cloudledger.knowledge.embedding.model import LoadedEncoder, computes_bfloat16, open_encoder

TEXTS = 1024
ROUNDS = 2
SEED = 17
WARMING = 64
WANTED_RATIO = 0.9
WANTED_MB = 1_500
SAMPLED_EVERY = 1.0
WORDS = (Path(__file__).parents[1] / "LICENSE").read_text().split()


@dataclass(frozen=True)
class Encoding:
    """Texts a second by the clock and by the processors' seconds, of ours and of bare encode."""

    precision: str
    processes: int
    rate: float
    bare: float
    cpu_rate: float
    cpu_bare: float
    peak_mb: float
    again: int


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.knowledge", description=__doc__)
    parser.add_argument("--texts", type=int, default=TEXTS, help="of each round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--precision", nargs="+", default=precisions())
    parser.add_argument("--line", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.line:
        found = encoding(asked.precision[0], asked.processes[0], asked.texts, asked.rounds)
        print(json.dumps(asdict(found)))
        return 0
    return show_encoding(asked.precision, asked.processes, asked.texts, asked.rounds)


def precisions() -> list[str]:
    return ["bfloat16", "float32"] if computes_bfloat16() else ["float32"]


def show_encoding(kinds: Sequence[str], processes: Sequence[int], texts: int, rounds: int) -> int:
    """Print the table; 1 when a figure is not reached."""
    print(f"{rounds} x {texts} texts of {tokens(texts):.0f} tokens on average")
    names = ["texts/s", "bare texts/s", "ratio", "texts/cpu-s", "ratio by cpu", "peak MB", "again"]
    print(f"{'precision':12}{'processes':>10}" + "".join(f"{name:>14}" for name in names))
    short = False
    for kind in kinds:
        for count in processes:
            one = _line(kind, count, texts, rounds)
            ratio, by_cpu = one.rate / one.bare, one.cpu_rate / one.cpu_bare
            print(
                f"{kind:12}{count:>10}{one.rate:>14.1f}{one.bare:>14.1f}{ratio:>14.2f}"
                f"{one.cpu_rate:>14.1f}{by_cpu:>14.2f}{one.peak_mb:>14.0f}{one.again:>14}"
            )
            short |= ratio < WANTED_RATIO or one.peak_mb > WANTED_MB or one.again > 0
    print(f"wanted: a ratio of {WANTED_RATIO}, {WANTED_MB} MB, nothing embedded again")
    return int(short)


def encoding(precision: str, processes: int, texts: int, rounds: int) -> Encoding:
    """Measure one line in this process."""
    encoder = open_encoder(Knowledge(precision=precision))
    encoder.documents(list(passages(WARMING, SEED - 1)))
    ours, bare = Spent(), Spent()
    peak = again = 0
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder:
        for turn in range(rounds):
            made = list(passages(texts, SEED + turn))
            pairs = [(hashed(text), text) for text in made]

            def embedded(pairs: list[tuple[str, str]] = pairs) -> None:
                nonlocal peak
                with watched() as seen:
                    embed(pairs, encoder, Path(folder), lambda _: None, processes=processes)
                peak = max(peak, *seen)

            def encoded(made: list[str] = made) -> None:
                encode(encoder, made, processes)

            turns = [(ours, embedded), (bare, encoded)]
            for spent, act in turns if turn % 2 == 0 else reversed(turns):
                spent.add(act)
            found = embed(pairs, encoder, Path(folder), lambda _: None, processes=processes)
            again += found.texts
    total = texts * rounds
    return Encoding(
        precision,
        processes,
        total / ours.seconds,
        total / bare.seconds,
        total / ours.cpu,
        total / bare.cpu,
        peak / 1e6,
        again,
    )


def encode(encoder: LoadedEncoder, texts: Sequence[str], processes: int) -> None:
    """The model's own encode over texts sorted by length, dealt out to forked processes."""
    ordered = sorted(texts, key=len, reverse=True)
    if processes == 1:
        _encode(encoder, ordered)
        return
    fork = get_context("fork")
    started = [
        fork.Process(target=_encode, args=(encoder, ordered[place::processes]))
        for place in range(processes)
    ]
    for process in started:
        process.start()
    for process in started:
        process.join()


def passages(count: int, seed: int) -> Iterator[str]:
    """Texts of 20 to 150 words."""
    chance = random.Random(seed)
    for _ in range(count):
        yield " ".join(chance.choice(WORDS) for _ in range(chance.randint(20, 150)))


def tokens(count: int) -> float:
    """Of an average text."""
    made = list(passages(count, SEED))
    return sum(open_encoder(Knowledge()).count(made)) / count


class Spent:
    """Seconds by the clock and of the processors, with those of processes that have ended."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0

    def add(self, act: Callable[[], None]) -> None:
        began, before = time.perf_counter(), _cpu()
        act()
        self.seconds += time.perf_counter() - began
        self.cpu += _cpu() - before


@contextmanager
def watched() -> Iterator[list[int]]:
    """Bytes that this process and its children hold, sampled; every page counts once."""
    seen, done = [_pss()], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLED_EVERY):
            seen.append(_pss())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _pss() -> int:
    total = 0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def _encode(encoder: LoadedEncoder, texts: Sequence[str]) -> None:
    encoder.transformer.encode(list(texts), batch_size=32, show_progress_bar=False)


def _line(kind: str, processes: int, texts: int, rounds: int) -> Encoding:
    told = subprocess.run(
        [
            *(sys.executable, "-m", "bench.knowledge", "--line", "--precision", kind),
            *("--processes", str(processes), "--texts", str(texts), "--rounds", str(rounds)),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Encoding(**json.loads(told.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
