"""The columns of the lake's one table: where a line belongs, what it says, where it came from."""

from __future__ import annotations

import pyarrow as pa

from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS, Kind

PARTITIONS = ("provider", "day")
"""``provider`` is the provider's name in lower case and hyphens (``google-cloud``), ``day`` the UTC
day of ``ChargePeriodStart``."""

ARROW_TYPE = {
    Kind.TEXT: pa.string(),
    Kind.DECIMAL: pa.decimal128(38, 24),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.INTEGER: pa.int64(),
    Kind.MAP: pa.map_(pa.string(), pa.string()),
}

LAKE_SCHEMA = pa.schema(
    [
        ("provider", pa.string()),
        ("day", pa.date32()),
        *((column.name, ARROW_TYPE[column.kind]) for column in LINE_COLUMNS),
        ("x_object_id", pa.string()),
    ]
)

EMPTY_LINES = "SELECT " + ", ".join(
    ["NULL::VARCHAR AS provider", "NULL::DATE AS day"]
    + [f'NULL::{DUCKDB_TYPE[column.kind]} AS "{column.name}"' for column in LINE_COLUMNS]
    + ["NULL::VARCHAR AS x_object_id WHERE FALSE"]
)
