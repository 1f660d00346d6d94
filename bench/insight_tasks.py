"""What the tasks of cost_insights take over a whole ledger: reports, lake, warehouse, and all.

The ledger holds one OCI tenancy of many services in many compartments, a line a day each, taken in
and published as a run does it. Each task is measured in a process of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from bench.insight_sets import DAYS, many_costs
from bench.ledger import FIRST_DAY, TAGS, Ledger
from bench.make_report import LINES
from cloudledger.insights.at import series_at
from cloudledger.insights.event_store import save_events
from cloudledger.insights.foretell import foretell
from cloudledger.insights.materiality import Materiality
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.watch import Watch, watch
from cloudledger.lake.table import Lake, open_lake
from cloudledger.run import Run
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_duckdb
from cloudledger.warehouse.port import Session

SERVICES = 40
FILE_DAYS = 40
AS_OF = FIRST_DAY + timedelta(days=DAYS, hours=12)
HORIZON = 90
PRICED = """
CREATE OR REPLACE TEMP VIEW priced AS
SELECT
    -- A resource's name ends in n // 40 % 1000: it keeps it.
    40000 * (day * getvariable('parts') + part) AS n,
    'ocid1.tenancy.oc1..bench' AS tenancy,
    TIMESTAMP '2024-01-01' + to_days(CAST(day AS INTEGER)) + INTERVAL 12 HOUR AS starts,
    'SERVICE_' || part % getvariable('services') AS service,
    'ocid1.compartment.oc1..' || part // getvariable('services') AS compartment_id,
    'team_' || part // getvariable('services') AS compartment,
    'eu-frankfurt-' || part % 3 AS region,
    NULL AS domain,
    'ocid1.resource.oc1..' || part || '-' AS resource_id,
    cost AS quantity,
    1 AS price,
    'bench' AS subscription,
    'B' || part % getvariable('services') AS sku,
    'Use of it' AS description,
    cost,
    'EUR' AS currency,
    'Hours' AS readable,
    'Hours' AS unit,
    'center_' || part // getvariable('services') % 10 AS cost_center,
    'production' AS environment,
    NULL AS owner,
    NULL AS created_by
FROM costs
"""


def fill(ledger: Ledger, seed: int, series: int) -> None:
    """Take in 400 days of reports that have about so many series."""
    costs = many_costs(seed, series)["cost"].to_numpy().reshape(-1, DAYS)
    with duckdb.connect() as con:
        con.execute(f"SET VARIABLE seed = {seed}")
        con.execute(f"SET VARIABLE parts = {series}")
        con.execute(f"SET VARIABLE services = {SERVICES}")
        for first in range(0, DAYS, FILE_DAYS):
            part, day = np.indices(costs[:, first : first + FILE_DAYS].shape).reshape(2, -1)
            amounts = pa.array(costs[part, day + first]).cast(pa.decimal128(18, 6))
            con.register("costs", pa.table({"part": part, "day": day + first, "cost": amounts}))
            con.execute(PRICED)
            path = ledger.delivered / f"{first:03}.csv.gz"
            con.execute(f"COPY ({LINES}) TO '{path}' (FORMAT csv, HEADER, COMPRESSION gzip)")
            delivered = (FIRST_DAY + timedelta(days=first + FILE_DAYS, hours=4)).timestamp()
            os.utime(path, (delivered, delivered))
    if failed := [one for one in ledger.run() if one.error or one.lines_set_aside]:
        raise SystemExit(f"the ledger took in {failed}")


def forecast(session: Session, lake: Lake, known: SeriesSet) -> None:
    """What the task ``forecast`` does with the series."""
    foretell(session, _RUN, known, forecaster="smoothing", horizon=HORIZON, keep_days=120)


def anomalies(session: Session, lake: Lake, known: SeriesSet) -> None:
    """What the task ``anomalies`` does with them."""
    how = Watch("residual", "balanced", Materiality(10, 0.1), TAGS, ())
    found = watch(session, lake, AS_OF, known, how)
    series = {one.series_id: one for one in known.series}
    made = {"detector": how.detector, "sensitivity": how.sensitivity}
    save_events(session, _RUN, found, series, since=known.first_day, **made)


TASKS: dict[str, Callable[[Session, Lake, SeriesSet], None]] = {
    "forecast": forecast,
    "anomalies": anomalies,
}


def run(name: str, home: Path) -> int:
    """A task in one transaction over the ledger in a folder, as its operator does it; the number
    of series.
    """
    settings = Settings(tag_keys=TAGS)
    lake = open_lake(home / "lake")
    with open_duckdb(home / "warehouse.duckdb") as warehouse:
        with warehouse.transaction() as session:
            known = series_at(session, lake, AS_OF, settings)
            TASKS[name](session, lake, known)
        warehouse.publish_copy()
    return len(known.series)


_RUN = Run("bench", AS_OF)
