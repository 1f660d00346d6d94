"""What a big report costs: ``python -m bench.bench_take_in --lines 1000000``.

Prints, for each step, seconds, lines per second and the process's peak memory so far; the total in
the warehouse is held against the generator's and against Python's own csv and Decimal.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Context, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.make_report import BigReport, generate_oci_cost
from cloudledger import exact
from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.local import LocalObjectStore
from cloudledger.lake.table import open_lake
from cloudledger.ledger.publish import publish
from cloudledger.ledger.reconcile import reconcile
from cloudledger.ledger.take_in import take_in
from cloudledger.warehouse.duckdb import open_duckdb

AT = datetime(2026, 11, 1, tzinfo=UTC)
TAGS = ("cost_center", "environment", "owner")
WIDE = Context(prec=100)
MEBIBYTE = 1024 if sys.platform == "linux" else 1024 * 1024


def main() -> int:
    """Runs the steps once; 1 when a total is not the generator's."""
    parser = argparse.ArgumentParser(prog="python -m bench.bench_take_in", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder:
        report = generate_oci_cost(Path(folder) / "big.csv.gz", lines=lines)
        size = report.path.stat().st_size / 1_000_000
        print(f"OCI cost report, {lines:,} lines, {size:.1f} MB gzip\n")
        print(f"{'step':<38}{'seconds':>9}{'lines/s':>12}{'peak MB':>9}")
        totals = {"published": _ledger(report, Path(folder))}
        with _measured("reference: csv and Decimal, sum only", lines):
            totals["reference"] = _reference(report.path)
    wrong = {name: total for name, total in totals.items() if total != report.cost}
    print(f"\ntotal EUR {report.cost:f}: {f'NOT equal: {wrong}' if wrong else 'equal everywhere'}")
    return 1 if wrong else 0


def _ledger(report: BigReport, folder: Path) -> Decimal:
    store = LocalObjectStore([report.path], "bench")
    lake = open_lake(folder / "lake")
    (item,) = store.list("")
    with _measured("take in: read, prove, commit", report.lines):
        (outcome,) = take_in(Delivery.of(item), store, lake, run_id="bench").outcomes
    if outcome.lines_kept != report.lines:
        raise SystemExit(f"took in {outcome}")
    with _measured("take in again: unchanged", report.lines):
        take_in(Delivery.of(item), store, lake, run_id="bench")
    with open_duckdb(folder / "warehouse.duckdb") as warehouse:
        warehouse.migrate()
        with _measured("publish: roll up, replace, reconcile", report.lines):
            publish(warehouse, lake, tag_keys=TAGS, precedence=(), run_id="bench", at=AT)
        with _measured("reconcile the whole ledger", report.lines):
            found = reconcile(warehouse, lake)
        if found.differences:
            raise SystemExit(f"differences: {found.differences[:3]}")
        with warehouse.transaction() as session:
            days = session.query("SELECT billed_cost FROM daily_cost")["billed_cost"].to_pylist()
    return exact.total(days)


def _reference(path: Path) -> Decimal:
    total = Decimal(0)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            total = WIDE.add(total, Decimal(row["cost/myCost"]))
    return total


@contextmanager
def _measured(step: str, lines: int) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE
    print(f"{step:<38}{seconds:>9.2f}{lines / seconds:>12,.0f}{peak:>9,.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
