"""Usage cost as it was known at an instant: no charge of a later day, no line that came later.

``daily_cost`` shows the newest state. A day that something arrived for after the instant is added
up again from the lake, out of the versions of objects that stood then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cloudledger import exact
from cloudledger.lake.table import Lake
from cloudledger.ledger.known_lines import known_lines
from cloudledger.ledger.sums import amount, summed
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    import duckdb

GRAIN = (
    "provider",
    "provider_name",
    "sub_account_id",
    "region_id",
    "service_name",
    "billing_currency",
    "tag_set_id",
)
"""What usage cost is kept apart by."""

SLICE = timedelta(days=10)
"""Days that are read at a time: as texts, the rows of years would take gigabytes."""


@dataclass(frozen=True)
class UsageCost:
    """Usage cost by day. ``parts`` is what it is kept apart by: the columns of :data:`GRAIN`, each
    combination once. ``part`` [row] is one of them, ``cost`` [row] what it cost on ``day`` [row]
    (datetime64[s], UTC), in its ``billing_currency``. ``tags``: by tag set the values of its tags,
    by key."""

    parts: pd.DataFrame
    part: npt.NDArray[np.int32]
    day: npt.NDArray[np.datetime64]
    cost: npt.NDArray[np.float64]
    tags: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, frames: Iterable[pd.DataFrame], tags: Mapping[str, Mapping[str, str]]) -> UsageCost:
        """Of rows with the columns of :data:`GRAIN`, ``day`` and ``cost``, in their order."""
        numbers: dict[tuple[str | None, ...], int] = {}
        columns: list[tuple[npt.NDArray[Any], ...]] = []
        for frame in frames:
            groups = frame.groupby(list(GRAIN), observed=True, dropna=False, sort=False)
            at = groups.ngroup()
            own = frame.loc[~at.duplicated(), list(GRAIN)].astype(object)
            told = own.where(own.notna(), None).itertuples(index=False, name=None)
            number = np.array([numbers.setdefault(one, len(numbers)) for one in told], np.int32)
            columns.append((number[at], frame["day"].to_numpy(), frame["cost"].to_numpy()))
        parts = pd.DataFrame(list(numbers), columns=list(GRAIN))
        part, day, cost = (np.concatenate(of) for of in zip(*columns, strict=True))
        return cls(parts.astype(dict.fromkeys(GRAIN, "category")), part, day, cost, tags)


def usage_cost(
    session: Session,
    lake: Lake,
    as_of: datetime,
    *,
    first_day: date,
    tag_keys: Sequence[str],
    precedence: Sequence[str],
) -> UsageCost:
    """Usage cost of the charge days from ``first_day`` on that had ended at ``as_of``.

    EffectiveCost of lines whose ChargeCategory is Usage and whose ChargeClass is not Correction:
    credits, taxes, purchases and refunds say nothing of how much is used.

    :param tag_keys: the tags that ``daily_cost`` is kept by.
    :param precedence: the sources' names, the one that counts first before the others.
    """
    span = {"first_day": first_day, "end_day": as_of.date()}
    later = session.query(statement("insights/days_changed_later"), as_of=as_of, **span).to_pylist()
    changed = {(row["provider"], row["charge_day"]) for row in later}
    tags = _by_set(session.query(statement("insights/tag_values")).to_pylist())

    def slices() -> Iterator[pd.DataFrame]:
        for days in _slices(**span):
            frames = [_frame(session.query(statement("insights/usage_cost"), as_of=as_of, **days))]
            only = {one for one in changed if days["first_day"] <= one[1] < days["end_day"]}
            if only:
                with known_lines(
                    session, lake, as_of, **days, precedence=precedence, only=only
                ) as con:
                    added_up, sets = _added_up(con, tag_keys)
                frames.append(added_up)
                tags.update(_by_set(sets))
            # Floats add up in this order, wherever they come from.
            yield pd.concat(frames).sort_values(["day", *GRAIN], ignore_index=True)

    return UsageCost.of(slices(), tags)


def _slices(first_day: date, end_day: date) -> Iterator[dict[str, date]]:
    """The days in parts, in order; one without a day where there is none."""
    while True:
        end = min(first_day + SLICE, end_day)
        yield {"first_day": first_day, "end_day": end}
        if end >= end_day:
            return
        first_day = end


def _added_up(
    con: duckdb.DuckDBPyConnection, tag_keys: Sequence[str]
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    params: dict[str, object] = {"tag_keys": list(tag_keys)}
    sets = con.sql(statement("lake/tag_sets"), params=params).to_arrow_table().to_pylist()
    rows = summed(con, "lake/daily_cost", params | {"mart_version": 0})
    costs: dict[tuple[Any, ...], Decimal] = {}
    for row in rows.select(
        [*GRAIN, "charge_day", "charge_category", "charge_class", "effective_cost"]
    ).to_pylist():
        if row["charge_category"] == "Usage" and row["charge_class"] != "Correction":
            key = tuple(row[name] for name in (*GRAIN, "charge_day"))
            costs[key] = exact.add(costs.get(key, Decimal(0)), amount(row["effective_cost"]))
    usage = [
        dict(zip((*GRAIN, "charge_day", "effective_cost"), (*key, cost), strict=True))
        for key, cost in costs.items()
    ]
    return _frame(pa.Table.from_pylist(usage, schema=_ADDED_UP)), sets


_ADDED_UP = pa.schema(
    [
        *((name, pa.string()) for name in GRAIN),
        ("charge_day", pa.date32()),
        ("effective_cost", pa.decimal128(38, 24)),
    ]
)


def _frame(rows: pa.Table) -> pd.DataFrame:
    days = rows["charge_day"].cast(pa.timestamp("s")).to_numpy()
    return pd.DataFrame(
        {name: _texts(rows[name]) for name in GRAIN}
        | {"day": days, "cost": rows["effective_cost"].cast(pa.float64()).to_numpy()}
    )


def _texts(column: pa.ChunkedArray) -> pd.Categorical:
    """Few texts in many rows, each kept once."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    values = pd.Index(encoded.dictionary.to_pylist(), dtype=object)
    return pd.Categorical.from_codes(codes, values).reorder_categories(values.sort_values())


def _by_set(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    sets: dict[str, dict[str, str]] = {}
    for row in rows:
        sets.setdefault(row["tag_set_id"], {})[row["tag_key"]] = row["tag_value"] or ""
    return sets
