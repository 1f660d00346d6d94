"""The month of :mod:`localcloud.samples.aws_cur` as AWS delivers it: files and their manifest.

Names, types and layouts from docs.aws.amazon.com: the data dictionaries of Cost and Usage Reports
and of CUR 2.0, "Viewing your Cost and Usage Reports" and "Understanding export delivery".
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from localcloud.samples.aws_cur import PAYER, Line, cost_and_usage
from localcloud.samples.report import ReportFile
from localcloud.samples.text import identifier, packed
from localcloud.samples.usage import HOUR, month_of

COLUMNS = (
    *("identity/LineItemId", "bill/InvoiceId", "bill/BillingEntity", "bill/BillType"),
    *("bill/PayerAccountId", "bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate"),
    *("lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate"),
    *("lineItem/UsageEndDate", "lineItem/ProductCode", "lineItem/UsageType"),
    *("lineItem/Operation", "lineItem/AvailabilityZone", "lineItem/ResourceId"),
    *("lineItem/UsageAmount", "lineItem/NormalizedUsageAmount", "lineItem/CurrencyCode"),
    *("lineItem/UnblendedRate", "lineItem/UnblendedCost", "lineItem/LineItemDescription"),
    *("lineItem/TaxType", "lineItem/LegalEntity", "product/ProductName", "product/regionCode"),
    *("product/sku", "pricing/RateCode", "pricing/publicOnDemandCost"),
    *("pricing/publicOnDemandRate", "pricing/unit", "reservation/EffectiveCost"),
    *("reservation/ReservationARN", "reservation/TotalReservedNormalizedUnits"),
    *("reservation/TotalReservedUnits",),
    *("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedRecurringFee"),
    *("savingsPlan/TotalCommitmentToDate", "savingsPlan/SavingsPlanARN"),
    *("savingsPlan/UsedCommitment", "savingsPlan/SavingsPlanEffectiveCost"),
)
NUMBER = re.compile("(Cost|Amount|Fee|BillingPeriod|ToDate|Commitment)$")
INSTANT = re.compile("Date$")
TAG = "tag:"
PARTS = ("category", "name")
MOMENT = "%Y%m%dT%H%M%S.000Z"


def cur2_name(legacy: str) -> str:
    """``lineItem/UsageType`` as CUR 2.0, and every Parquet, names it: line_item_usage_type."""
    words = (re.sub("(?<!^)([A-Z])", r"_\1", part) for part in legacy.split("/"))
    return "_".join(words).lower()


def legacy_csv(lines: Sequence[Line]) -> bytes:
    """Gzipped CSV, each tag a column ``resourceTags/user:...``."""
    tags = _tags(lines)
    header = [*COLUMNS, *(f"resourceTags/user:{tag}" for tag in tags)]
    cells = [*map(cur2_name, COLUMNS), *(f"{TAG}{tag}" for tag in tags)]
    return packed(header, ([line.get(cell, "") for cell in cells] for line in lines))


def legacy_parquet(lines: Sequence[Line]) -> bytes:
    """Parquet, each tag a column ``resource_tags_user_...``."""
    tags = {
        f"resource_tags_user_{tag}": pa.array([line.get(f"{TAG}{tag}") or None for line in lines])
        for tag in _tags(lines)
    }
    return _parquet(_typed(lines, COLUMNS) | tags)


def cur2_parquet(lines: Sequence[Line]) -> bytes:
    """Parquet, the tags and the product's attributes one map each."""
    maps = {
        name: pa.array([list(cells.items()) for cells in column], pa.map_(pa.string(), pa.string()))
        for name, column in _maps(lines).items()
    }
    return _parquet(_typed(lines, _cur2_columns()) | maps)


def cur2_csv(lines: Sequence[Line]) -> bytes:
    """Gzipped CSV, the tags and the product's attributes one JSON object each."""
    names = [cur2_name(column) for column in _cur2_columns()]
    maps = _maps(lines)
    rows = (
        [*(line.get(name, "") for name in names), *(json.dumps(maps[name][at]) for name in maps)]
        for at, line in enumerate(lines)
    )
    return packed([*names, *maps], rows)


def deliver_legacy(prefix: str, name: str, bucket: str, at: datetime) -> Iterator[ReportFile]:
    """A Cost and Usage Report of the month before ``at``: one file, both manifests."""
    start, end = month_of(month_of(at)[0] - HOUR)
    period = f"{prefix}/{name}/{start:%Y%m%d}-{end:%Y%m%d}"
    assembly = identifier("assembly", name, at, length=26)
    key = f"{period}/{assembly}/{name}-1.csv.gz"
    yield ReportFile(key, at, legacy_csv(cost_and_usage(start)))
    manifest = {
        "assemblyId": assembly,
        "account": PAYER,
        "columns": [dict(zip(PARTS, column.split("/"), strict=True)) for column in COLUMNS],
        "charset": "UTF-8",
        "compression": "GZIP",
        "contentType": "text/csv",
        "reportName": name,
        "billingPeriod": {
            "start": f"{start:{MOMENT}}",
            "end": f"{end:{MOMENT}}",
        },
        "bucket": bucket,
        "reportKeys": [key],
    }
    for folder in (f"{period}/{assembly}", period):
        yield _manifest(f"{folder}/{name}-Manifest.json", at, manifest)


def deliver_cur2(prefix: str, name: str, bucket: str, at: datetime) -> Iterator[ReportFile]:
    """A CUR 2.0 export of the month before ``at``, overwritten in place: one file, its manifest."""
    start, _ = month_of(month_of(at)[0] - HOUR)
    partition = f"BILLING_PERIOD={start:%Y-%m}"
    key = f"{prefix}/{name}/data/{partition}/{name}-00001.snappy.parquet"
    yield ReportFile(key, at, cur2_parquet(cost_and_usage(start)))
    manifest = {
        "executionId": identifier("execution", name, at, length=26),
        "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{PAYER}:export/{name}",
        "columns": [{"name": cur2_name(column)} for column in _cur2_columns()],
        "dataFiles": [f"s3://{bucket}/{key}"],
    }
    place = f"{prefix}/{name}/metadata/{partition}/{name}-Manifest.json"
    yield _manifest(place, at, manifest)


def _manifest(key: str, at: datetime, manifest: Mapping[str, object]) -> ReportFile:
    return ReportFile(key, at + HOUR / 60, json.dumps(manifest, indent=1).encode())


def _tags(lines: Sequence[Line]) -> list[str]:
    return sorted({tag for line in lines for tag in _tagged(line)})


def _tagged(line: Line) -> Line:
    return {name.removeprefix(TAG): cell for name, cell in line.items() if name.startswith(TAG)}


def _cur2_columns() -> tuple[str, ...]:
    """The product's name stands in the map of its attributes."""
    return tuple(column for column in COLUMNS if column != "product/ProductName")


def _maps(lines: Sequence[Line]) -> dict[str, list[dict[str, str]]]:
    return {
        "resource_tags": [
            {f"user_{tag}": cell for tag, cell in _tagged(line).items()} for line in lines
        ],
        "product": [
            {"product_name": line["product_product_name"]} if "product_product_name" in line else {}
            for line in lines
        ],
    }


def _typed(lines: Sequence[Line], columns: Sequence[str]) -> dict[str, pa.Array]:
    return {cur2_name(column): _array(column, lines) for column in columns}


def _array(column: str, lines: Sequence[Line]) -> pa.Array:
    cells = [line.get(cur2_name(column)) or None for line in lines]
    if NUMBER.search(column):
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    if INSTANT.search(column):
        moments = [None if cell is None else datetime.fromisoformat(cell) for cell in cells]
        return pa.array(moments, pa.timestamp("ms"))
    return pa.array(cells, pa.string())


def _parquet(columns: Mapping[str, pa.Array]) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), data, compression="snappy")
    return data.getvalue()
