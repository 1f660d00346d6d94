"""A Parquet report as the text that every other report is delivered as."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.unpack import AGAIN, Unpacked
from cloudledger.sql import identifier, literal

MAGIC = b"PAR1"
BATCH = 10_000
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def unpack_parquet(con: duckdb.DuckDBPyConnection, path: Path, to: Path) -> tuple[Unpacked, int]:
    """Write the rows of ``path`` to ``to`` as CSV; its text, and the rows its footer counts.

    Decimals are written with every digit, a float as the shortest text that reads back as the same
    float, instants in UTC to the microsecond, maps and lists as JSON. Page checksums are verified
    where there are any. The SHA-256 is that of the Parquet file.

    :raises UnreadableReport: cut off, damaged, or with a column of a type that has no text.
    """
    con.execute("SET preserve_insertion_order = true")
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            schema = file.schema_arrow
            rows = pa.RecordBatchReader.from_batches(schema, file.iter_batches(BATCH))
            con.register("parquet_rows", rows)
            cells = ", ".join(f"{_text(field)} AS {identifier(field.name)}" for field in schema)
            con.execute(
                f"COPY (SELECT {cells} FROM parquet_rows) TO {literal(to)} (FORMAT csv, HEADER)"
            ).fetchall()
            records = int(file.metadata.num_rows)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        what = f"this Parquet file cannot be read ({str(error).splitlines()[0]})"
        raise UnreadableReport(str(path), what, AGAIN) from error
    finally:
        con.unregister("parquet_rows")
    with path.open("rb") as delivered:
        digest = hashlib.file_digest(delivered, "sha256").hexdigest()
    return Unpacked(to, to.stat().st_size, digest), records


def _text(field: pa.Field) -> str:
    name = identifier(field.name)
    kind = field.type
    if pa.types.is_timestamp(kind):
        return f"strftime(CAST({name} AS TIMESTAMP), '{INSTANT}')"
    if pa.types.is_nested(kind):
        return f"CAST(to_json({name}) AS VARCHAR)"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return f"decode({name})"
    return f"CAST({name} AS VARCHAR)"
