"""A ledger in a temporary folder that a benchmark delivers reports to."""

from __future__ import annotations

import gzip
import os
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.make_report import generate_oci_cost
from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.local import LocalObjectStore
from cloudledger.lake.table import open_lake
from cloudledger.ledger.discover import discover
from cloudledger.ledger.period import Period
from cloudledger.ledger.publish import publish
from cloudledger.ledger.take_in import Outcome, take_in
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_duckdb

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
EVER = Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
LINES_A_FILE = 500
TAGS = ("cost_center", "environment", "owner")


class Ledger:
    """Lake, warehouse and delivered files; gone when the ``with`` block ends."""

    def __enter__(self) -> Ledger:
        self._folder = TemporaryDirectory(prefix="cloudledger-bench-")
        self.home = Path(self._folder.name)
        self.delivered = self.home / "delivered"
        self.delivered.mkdir()
        self.store = LocalObjectStore([self.delivered], "bench")
        self.lake = open_lake(self.home / "lake")
        with self.warehouse() as warehouse:
            warehouse.migrate()
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def warehouse(self) -> DuckDbWarehouse:
        """The DuckDB warehouse, open until its block ends."""
        return open_duckdb(self.home / "warehouse.duckdb")

    def deliver(self, name: str, report: Path) -> None:
        """Put a file where it is listed."""
        shutil.copy(report, self.delivered / name)

    def deliver_days(self, days: int, first: int = 0, files_a_day: int = 1) -> None:
        """Small reports, each of one day's lines, delivered the day after."""
        for number in range(first, first + days):
            day = FIRST_DAY + timedelta(days=number)
            for part in range(files_a_day):
                text = self._small.replace("2026-10-01", f"{day:%Y-%m-%d}")
                path = self.delivered / f"{day:%Y-%m-%d}-{part}.csv.gz"
                text = text.replace("V2.", f"V2.{number}-{part}.")
                path.write_bytes(gzip.compress(text.encode(), mtime=0))
                delivered = (day + timedelta(days=1, hours=4)).timestamp()
                os.utime(path, (delivered, delivered))

    def run(self) -> list[Outcome]:
        """List, discover, take in, publish."""
        listing = [Delivery.of(item) for item in self.store.list("")]
        at = FIRST_DAY + timedelta(days=2000)
        with self.warehouse() as warehouse, warehouse.transaction() as session:
            found = discover(
                session,
                self.lake,
                listing,
                as_of=self.lake.version(),
                source="bench",
                period=EVER,
                run_id="bench",
                at=at,
            )
        outcomes = [
            outcome
            for delivery in found.deliveries
            for outcome in take_in(delivery, self.store, self.lake, run_id="bench").outcomes
        ]
        with self.warehouse() as warehouse:
            publish(
                warehouse, self.lake, tag_keys=TAGS, precedence=(), run_id="bench", at=at
            ).check()
        return outcomes

    def billed(self) -> Decimal:
        """The billed cost of every line in the lake."""
        with self.lake.lines([file.path for file in self.lake.files()]) as con:
            return Decimal(con.execute("SELECT sum(BilledCost) FROM line").fetchall()[0][0])

    @cached_property
    def _small(self) -> str:
        path = self.home / "small.csv"
        generate_oci_cost(path, lines=LINES_A_FILE)
        return path.read_text()
