"""What was bought as of an instant: usage cost and quantities by SKU, account, region and unit.

Like :mod:`cloudledger.insights.known` it reads ``daily_cost``, and adds days up again from the lake
that something arrived for after the instant. A quantity is the PricingQuantity in its PricingUnit,
where there is none the ConsumedQuantity in its ConsumedUnit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from cloudledger import exact
from cloudledger.engine import engine
from cloudledger.focus.columns import SPLIT
from cloudledger.insights.spans import Known, Span
from cloudledger.insights.split import Bought
from cloudledger.lake.table import Lake
from cloudledger.ledger.known_lines import known_lines
from cloudledger.ledger.sums import amount, summed
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import MONEY
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    import duckdb

RECENT = "recent"
"""The name of the span that is compared with nothing."""
BEFORE, AFTER = "before", "after"

Where = Mapping[str, str | None]
"""``provider_name``, ``service_name`` and ``sub_account_id`` of what was bought."""


@contextmanager
def purchases(
    session: Session,
    lake: Lake,
    as_of: datetime,
    *,
    first_day: date,
    end_day: date,
    precedence: Sequence[str],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose view ``metered`` holds what was bought in [``first_day``, ``end_day``)."""
    span = {"first_day": first_day, "end_day": end_day}
    parts = [
        session.query(statement("insights/bought"), as_of=as_of, split_name=SPLIT, **span),
    ]
    later = session.query(statement("insights/days_changed_later"), as_of=as_of, **span)
    days = {(row["provider"], row["charge_day"]) for row in later.to_pylist()}
    if days:
        with known_lines(session, lake, as_of, **span, precedence=precedence, only=days) as con:
            parts.append(
                con.sql(statement("lake/bought"), params={"split": SPLIT}).to_arrow_table()
            )
    with engine() as con:
        con.register("given", pa.concat_tables([part.cast(_BOUGHT) for part in parts]))
        con.execute("CREATE TEMP TABLE bought AS FROM given").fetchall()
        con.unregister("given")
        con.execute(f"CREATE TEMP VIEW metered AS {statement('lake/metered')}").fetchall()
        yield con


def bought_in_spans(
    con: duckdb.DuckDBPyConnection, known: Mapping[str, Known]
) -> dict[tuple[str, str, str], list[tuple[Where, Bought]]]:
    """What was bought by currency, comparison and side (``before`` or ``after``), each item once
    for each sub account. The span that :data:`RECENT` names has the side ``after`` alone.

    An item is a SKU in a region; what has no SKU or is not metered has no quantity.
    """
    rows = [
        {"billing_currency": currency, "compared": compared, "side": side, **_days(span)}
        for currency, one in known.items()
        for compared, two in {RECENT: (None, one.recent), **one.compared}.items()
        for side, span in zip((BEFORE, AFTER), two, strict=True)
        if span
    ]
    con.register("span", pa.Table.from_pylist(rows, schema=_SPANS))
    found: dict[tuple[str, str, str], list[tuple[Where, Bought]]] = {}
    for row in summed(con, "lake/bought_in_spans").to_pylist():
        key = (row["billing_currency"], row["compared"], row["side"])
        where = {name: row[name] for name in ("provider_name", "service_name", "sub_account_id")}
        found.setdefault(key, []).append((where, _bought(row)))
    con.unregister("span")
    return found


def bought_by_day(con: duckdb.DuckDBPyConnection, known: Mapping[str, Known]) -> pd.DataFrame:
    """What of each SKU was bought on each known day: ``item_id``, ``billing_currency``,
    ``provider_name``, ``service_name``, ``region_id``, ``sku_id``, ``unit``, ``charge_day``
    (datetime64), ``quantity`` and ``cost`` (float64); prices are told of it."""
    rows = [{"billing_currency": name, **_days(one.recent)} for name, one in known.items()]
    con.register("known", pa.Table.from_pylist(rows, schema=_KNOWN))
    frame: pd.DataFrame = con.sql(statement("lake/bought_by_day")).to_df()
    con.unregister("known")
    return frame


def _days(span: Span) -> dict[str, date]:
    return {"first_day": span.first_day, "last_day": span.last_day}


def _bought(row: Mapping[str, Any]) -> Bought:
    metered = row["unit"] is not None and row["sku_id"] is not None
    quantity = amount(row["quantity"])
    counted = metered and exact.fits(quantity)
    item = "\x1f".join(row[name] or "" for name in ("service_name", "region_id", "sku_id"))
    return Bought(
        item=f"{row['provider_name']}\x1f{item}",
        unit=row["unit"] or "",
        quantity=quantity if counted else None,
        cost=amount(row["cost"]),
    )


_BOUGHT = pa.schema(
    [
        ("charge_day", pa.date32()),
        *(
            (name, pa.string())
            for name in (
                "billing_currency",
                "provider_name",
                "service_name",
                "sub_account_id",
                "region_id",
                "sku_id",
                "pricing_unit",
                "consumed_unit",
            )
        ),
        *((name, MONEY) for name in ("pricing_quantity", "consumed_quantity", "cost")),
    ]
)
_KNOWN = pa.schema(
    [("billing_currency", pa.string()), ("first_day", pa.date32()), ("last_day", pa.date32())]
)
_SPANS = pa.schema([*_KNOWN, ("compared", pa.string()), ("side", pa.string())])
