"""A ledger on disk, driven the way a run drives it: list, discover, take in, publish."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cloudledger.clouds.aws.exports import exports
from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.local import LocalObjectStore
from cloudledger.clouds.object_store import ObjectStore
from cloudledger.lake.table import Lake, open_lake
from cloudledger.ledger.discover import Discovery, discover
from cloudledger.ledger.period import Period
from cloudledger.ledger.publish import Publication, publish
from cloudledger.ledger.reconcile import Reconciliation, reconcile
from cloudledger.ledger.take_in import Outcome, take_in
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support.empty_warehouse import migrated

EVER = Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
TAG_KEYS = ("cost_center", "environment")


@dataclass
class Books:
    """One lake, one warehouse and one folder that reports are delivered into."""

    home: Path
    tag_keys: tuple[str, ...] = TAG_KEYS
    at: datetime = EVER.start
    export: str | None = None
    precedence: tuple[str, ...] = ()
    delivered: Path = field(init=False)
    store: ObjectStore = field(init=False)
    lake: Lake = field(init=False)

    def __post_init__(self) -> None:
        self.delivered = self.home / "delivered"
        self.delivered.mkdir(parents=True, exist_ok=True)
        self.store = LocalObjectStore([self.delivered], "sample")
        self.lake = open_lake(self.home / "lake")
        migrated(self.home / "warehouse.duckdb").close()

    def warehouse(self) -> Any:
        """The DuckDB warehouse, open until the block ends."""
        return _Open(self.home / "warehouse.duckdb")

    def deliver(self, name: str, data: bytes | str, at: str = "2026-03-02T04:00:00+00:00") -> Path:
        """Write an object, delivered at an instant."""
        path = self.delivered / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        instant = datetime.fromisoformat(at).timestamp()
        os.utime(path, (instant, instant))
        return path

    def discover(self, period: Period = EVER, **options: Any) -> Discovery:
        """What a run over the period would take in."""
        with self.warehouse() as warehouse, warehouse.transaction() as session:
            named: dict[str, Any] = {
                "source": "sample",
                "period": period,
                "run_id": "run",
                "at": self.at,
                "as_of": self.lake.version(),
            }
            return discover(session, self.lake, self.listing(period), **named | options)

    def listing(self, period: Period) -> list[Delivery]:
        """The deliveries that lie there: an export's executions, or each file by itself."""
        if self.export is None:
            return [Delivery.of(item) for item in self.store.list("")]
        found = exports(self.store, self.export, before=period.end)
        return [export.delivery for export in found if export.delivery]

    def take_in(self, discovery: Discovery) -> list[Outcome]:
        """Take in what was discovered."""
        return [
            outcome
            for delivery in discovery.deliveries
            for outcome in take_in(delivery, self.store, self.lake, run_id="run").outcomes
        ]

    def publish(self) -> Publication:
        """Publish the pending days."""
        with self.warehouse() as warehouse:
            return publish(
                warehouse,
                self.lake,
                tag_keys=self.tag_keys,
                precedence=self.precedence,
                run_id="run",
                at=self.at,
            )

    def run(self, period: Period = EVER, **options: Any) -> list[Outcome]:
        """One whole run."""
        outcomes = self.take_in(self.discover(period, **options))
        self.publish()
        return outcomes

    def reconcile(self) -> Reconciliation:
        """The whole ledger held against lake and mart."""
        with self.warehouse() as warehouse:
            return reconcile(warehouse, self.lake)

    def rows(self, statement: str, **binds: Any) -> list[dict[str, Any]]:
        """Rows of the warehouse."""
        with self.warehouse() as warehouse, warehouse.transaction() as session:
            return session.query(statement, **binds).to_pylist()

    def billed(self) -> dict[str, Decimal]:
        """The billed cost in daily_cost by currency."""
        rows = self.rows(
            "SELECT billing_currency, sum(billed_cost) AS billed_cost FROM daily_cost GROUP BY 1"
        )
        return {row["billing_currency"]: row["billed_cost"] for row in rows}

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The content of every table that a rerun must end in the same state of."""
        columns = {
            "daily_cost": "*",
            "displaced_line": "*",
            "long_quantity": "*",
            "correction": "*",
            "tag_set_value": "*",
            "source_object": "object_id, etag, state, records, lines_kept, lines_set_aside",
            "source_object_total": "*",
            "source_object_day": "*",
            "quarantine": "object_id, record_number, line_number, reason, original_text",
            "pending_day": "*",
            "open_object": "object_id, etag, state",
        }
        with self.warehouse() as warehouse, warehouse.transaction() as session:
            return {
                table: session.query(f"SELECT {named} FROM {table} ORDER BY ALL").to_pylist()
                for table, named in columns.items()
            }


class _Open:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Any:
        self._warehouse = open_duckdb(self._path)
        return self._warehouse

    def __exit__(self, *_: object) -> None:
        self._warehouse.close()
