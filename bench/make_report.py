"""One big OCI cost report: ``python -m bench.make_report --lines 2000000 --to big.csv.gz``.

The header of a cost-csv report with five tags: 30 columns. DuckDB computes every line from
its number, so the same lines and seed give the same text; amounts are exact.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from localcloud.samples.fleet import Source, read_fleet
from localcloud.samples.oci_names import availability_domain, compartment, resource_id

PRICED = """
CREATE TEMP VIEW priced AS
SELECT
    *,
    TIMESTAMP '2026-10-01' + to_hours(CAST(n // 2700 % 744 AS INTEGER)) AS starts,
    quantity * price AS cost
FROM (
    SELECT
        n,
        meters.* REPLACE (CAST(price AS DECIMAL(18, 8)) AS price),
        CAST(
            CAST(hash(n, getvariable('seed')) % 10_000_000_000_000 AS DECIMAL(18, 0))
            * CAST('0.000000000001' AS DECIMAL(12, 12)) AS DECIMAL(18, 12)
        ) AS quantity
    FROM range(getvariable('lines')) AS numbers (n)
    INNER JOIN meters ON n % getvariable('meters') = meters.meter
)
"""
LINES = """
SELECT
    'V2.' || left(md5(n || '-' || getvariable('seed')), 24) || '==' AS "lineItem/referenceNo",
    tenancy AS "lineItem/tenantId",
    strftime(starts, '%Y-%m-%dT%H:%MZ') AS "lineItem/intervalUsageStart",
    strftime(starts + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ') AS "lineItem/intervalUsageEnd",
    service AS "product/service",
    compartment_id AS "product/compartmentId",
    compartment AS "product/compartmentName",
    region AS "product/region",
    domain AS "product/availabilityDomain",
    resource_id || n // 40 % 1000 AS "product/resourceId",
    quantity AS "usage/billedQuantity",
    NULL AS "usage/billedQuantityOverage",
    subscription AS "cost/subscriptionId",
    sku AS "cost/productSku",
    description AS "product/Description",
    price AS "cost/unitPrice",
    NULL AS "cost/unitPriceOverage",
    cost AS "cost/myCost",
    NULL AS "cost/myCostOverage",
    currency AS "cost/currencyCode",
    readable AS "cost/billingUnitReadable",
    unit AS "cost/skuUnitDescription",
    'N' AS "cost/overageFlag",
    'false' AS "lineItem/isCorrection",
    NULL AS "lineItem/backreferenceNo",
    cost_center AS "tags/cost_center",
    environment AS "tags/environment",
    owner AS "tags/owner",
    created_by AS "tags/Oracle-Tags.CreatedBy",
    NULL AS "tags/free-form-tag"
FROM priced
"""


@dataclass(frozen=True)
class BigReport:
    """What was written: ``cost`` is the exact sum of cost/myCost, all of it in EUR."""

    path: Path
    lines: int
    cost: Decimal


def generate_oci_cost(path: Path, *, lines: int, seed: int = 20) -> BigReport:
    """Write a cost-csv report of that many lines: gzip when ``path`` ends in ``.gz``."""
    meters = pa.Table.from_pylist(_meters(read_fleet().source("oci_main")))
    with duckdb.connect() as con:
        con.register("meters", meters)
        for name, value in (("lines", lines), ("seed", seed), ("meters", meters.num_rows)):
            con.execute(f"SET VARIABLE {name} = {value}")
        con.execute(PRICED)
        packing = "gzip" if path.suffix == ".gz" else "none"
        con.execute(f"COPY ({LINES}) TO '{path}' (FORMAT csv, HEADER, COMPRESSION {packing})")
        found = con.execute("SELECT sum(cost) FROM priced").fetchone()
    assert found
    return BigReport(path, lines, found[0])


def _meters(source: Source) -> list[dict[str, object]]:
    """Every metered resource and SKU, numbered, as the columns that do not vary."""
    return [
        {
            "meter": meter,
            "tenancy": source.ocid,
            "service": use.sku.service,
            "compartment_id": compartment(source, resource.account),
            "compartment": resource.account.name,
            "region": resource.region,
            "domain": availability_domain(source, resource) or None,
            "resource_id": resource_id(source, resource),
            "subscription": source.subscription,
            "sku": use.sku.id,
            "description": use.sku.description,
            "price": str(use.sku.price[source.currency]),
            "currency": source.currency,
            "readable": use.sku.readable,
            "unit": use.sku.unit,
            "cost_center": resource.tags.get("cost_center"),
            "environment": resource.tags.get("environment"),
            "owner": resource.tags.get("owner"),
            "created_by": f"default/{resource.tags.get('owner', 'root')}@example.com",
        }
        for meter, (resource, use) in enumerate(
            (resource, use)
            for resource in source.resources
            for use in resource.uses
            if use.every != "monthly"
        )
    ]


def main() -> None:
    """Writes the report and prints its size, time and exact total."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=20)
    asked = parser.parse_args()
    began = time.perf_counter()
    report = generate_oci_cost(asked.to, lines=asked.lines, seed=asked.seed)
    seconds = time.perf_counter() - began
    size = report.path.stat().st_size
    print(f"{report.lines} lines, {size / 1e6:.1f} MB, {seconds:.1f} s, EUR {report.cost:f}")


if __name__ == "__main__":
    main()
