"""What taking reports in costs: ``python -m bench.ingest``, or ``make bench``.

One table. Each step runs in a process of its own, so that its peak memory is its own; the total in
the lake is held against the generator's.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from bench.ledger import Ledger
from bench.make_report import generate_oci_cost
from cloudledger.clouds.delivery import Delivery
from cloudledger.ledger.projection import sync
from cloudledger.ledger.take_in import take_in

MEBIBYTE = 1024 if sys.platform == "linux" else 1024 * 1024
BATCH = 1_000
HISTORIES = (30, 120, 720)
FILES_OF_A_MONTH = 60


@dataclass(frozen=True)
class Measured:
    """Seconds by the clock and of the processors, and the process's peak memory in MiB."""

    seconds: float
    cpu: float
    peak: float


def main() -> int:
    """Runs every step once, or the one that is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--report", type=Path, help="a report that make_report wrote")
    parser.add_argument("--histories", type=int, nargs="*", default=HISTORIES, help="in days")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(asdict(STEPS[asked.step](asked.report, asked.size))))
        return 0
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder:
        report, lines = asked.report, asked.lines
        if report is None:
            report = Path(folder) / "big.csv.gz"
            generate_oci_cost(report, lines=lines)
        print(f"OCI cost report, {lines:,} lines, {report.stat().st_size / 1e6:.1f} MB gzip\n")
        print(f"{'step':<52}{'seconds':>9}{'cpu':>8}{'lines/s':>11}{'ratio':>7}{'peak MB':>9}")
        bare = _run("bare", report)
        _show("DuckDB read_csv(all_varchar) to Parquet, nothing else", bare, lines, bare)
        peers = _run("peers", report)
        _show("csv.DictReader and a null cursor, nothing else", peers, lines, bare)
        _show("whole take-in: read, prove, commit, ledger", _run("take_in", report), lines, bare)
        again = _run("relist", report, FILES_OF_A_MONTH)
        _show(f"a month of {FILES_OF_A_MONTH} files listed again, none new", again)
        for days in asked.histories:
            one = _run("history", report, days)
            _show(f"one new day where the ledger holds {days} days", one)
    return 0


def _show(step: str, found: Measured, lines: int = 0, bare: Measured | None = None) -> None:
    speed = f"{lines / found.seconds:>11,.0f}" if lines else f"{'':>11}"
    ratio = f"{found.seconds / bare.seconds:>7.2f}" if bare else f"{'':>7}"
    print(
        f"{step:<52}{found.seconds:>9.2f}{found.cpu:>8.2f}{speed}{ratio}{found.peak:>9,.0f}",
        flush=True,
    )


def _run(step: str, report: Path, size: int = 0) -> Measured:
    command = [sys.executable, "-m", "bench.ingest", "--step", step]
    done = subprocess.run(
        [*command, "--report", str(report), "--size", str(size)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def _clock() -> Iterator[Callable[[], Measured]]:
    began, cpu = time.perf_counter(), _cpu()

    def measured() -> Measured:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
        return Measured(time.perf_counter() - began, _cpu() - cpu, peak)

    yield measured


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _bare(report: Path, _: int) -> Measured:
    with (
        TemporaryDirectory(prefix="cloudledger-bench-") as folder,
        duckdb.connect() as con,
        _clock() as measured,
    ):
        con.execute(
            f"COPY (FROM read_csv('{report}', all_varchar = true)) "
            f"TO '{folder}/bare.parquet' (FORMAT parquet)"
        ).fetchall()
        return measured()


class _NullCursor:
    def executemany(self, rows: list[tuple[str | None, ...]]) -> None:
        """Does nothing, as fast as a database could."""


def _peers(report: Path, _: int) -> Measured:
    cursor = _NullCursor()
    with _clock() as measured, gzip.open(report, "rt", encoding="utf-8", newline="") as text:
        reader = csv.DictReader(text)
        names = reader.fieldnames or []
        while rows := [tuple(row[name] for name in names) for row in islice(reader, BATCH)]:
            cursor.executemany(rows)
        return measured()


def _take_in(report: Path, _: int) -> Measured:
    with Ledger() as ledger:
        ledger.deliver(report.name, report)
        (item,) = ledger.store.list("")
        with _clock() as measured, ledger.warehouse() as warehouse:
            (outcome,) = take_in(Delivery.of(item), ledger.store, ledger.lake, run_id="b").outcomes
            with warehouse.transaction() as session:
                sync(session, ledger.lake)
            found = measured()
        if outcome.error or outcome.lines_set_aside:
            raise SystemExit(f"took in {outcome}")
        _prove(ledger, report)
        return found


def _prove(ledger: Ledger, report: Path) -> None:
    """The lake's billed cost is the sum of the file's own column, to the last digit."""
    with duckdb.connect() as con:
        rows = con.execute(
            'SELECT sum(CAST("cost/myCost" AS DECIMAL(38, 24))) '
            f"FROM read_csv('{report}', all_varchar = true)"
        ).fetchall()
    expected = Decimal(rows[0][0])
    if (found := ledger.billed()) != expected:
        raise SystemExit(f"the lake holds {found:f} where the file says {expected:f}")


def _relist(_: Path, files: int) -> Measured:
    with Ledger() as ledger:
        ledger.deliver_days(files // 2, files_a_day=2)
        ledger.run()
        with _clock() as measured:
            if ledger.run():
                raise SystemExit("something was taken in twice")
            return measured()


def _history(_: Path, days: int) -> Measured:
    with Ledger() as ledger:
        ledger.deliver_days(days)
        ledger.run()
        ledger.deliver_days(1, first=days)
        with _clock() as measured:
            if len(ledger.run()) != 1:
                raise SystemExit("not the one new object was taken in")
            return measured()


STEPS: dict[str, Callable[[Path, int], Measured]] = {
    "bare": _bare,
    "peers": _peers,
    "take_in": _take_in,
    "relist": _relist,
    "history": _history,
}

if __name__ == "__main__":
    sys.exit(main())
