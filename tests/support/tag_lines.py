"""Lines of usage cost in a DuckDB of their own, to tell tags of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from cloudledger.engine import engine
from cloudledger.governance.tags.config import Tags
from cloudledger.governance.tags.coverage import Tagged, tags_of
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import MONEY

FIRST, END = date(2026, 10, 1), date(2026, 10, 31)
TEXTS = (
    *("BillingAccountId", "ProviderName", "SubAccountId", "ServiceName", "RegionId"),
    *("ResourceId", "ResourceName", "ResourceType"),
    *("BillingCurrency", "ChargeCategory", "ChargeClass"),
)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in TEXTS),
        ("day", pa.date32()),
        ("ChargePeriodStart", pa.timestamp("us", tz="UTC")),
        ("EffectiveCost", MONEY),
        ("Tags", pa.map_(pa.string(), pa.string())),
    ]
)


def line(
    resource: str | None, cost: str | Decimal = "1", day: int = 1, hour: int = 0, **tags: str | None
) -> dict[str, Any]:
    """A usage line of October; the tags that are given, and nothing else."""
    return {
        "ProviderName": "Oracle",
        "BillingAccountId": "ocid1.tenancy.oc1..t",
        "SubAccountId": "shop",
        "ServiceName": "COMPUTE",
        "RegionId": "eu",
        "ResourceId": resource,
        "ResourceName": resource,
        "ResourceType": "instance",
        "BillingCurrency": "EUR",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "day": date(2026, 10, day),
        "ChargePeriodStart": datetime(2026, 10, day, hour, tzinfo=UTC),
        "EffectiveCost": Decimal(cost),
        "Tags": list(tags.items()),
    }


@contextmanager
def lines_of(lines: Sequence[Mapping[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose ``counted_line`` holds the lines."""
    with engine() as con:
        con.execute(statement("lake/macros")).fetchall()
        con.register("given_lines", pa.Table.from_pylist(list(lines), schema=SCHEMA))
        con.execute("CREATE TEMP TABLE counted_line AS FROM given_lines").fetchall()
        yield con


def tagged(lines: Sequence[Mapping[str, Any]], rules: Mapping[str, Any]) -> Tagged:
    """What the lines say of the keys of the rules."""
    with lines_of(lines) as con:
        return tags_of(con, Tags.model_validate(rules), FIRST, END)
