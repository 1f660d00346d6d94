"""Load series (tokens, requests, anything counted by the hour) from files and frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.insights.load_columns import Gaps, LoadColumns, LoadRefused

Array = npt.NDArray[np.float64]

HOUR = timedelta(hours=1)
WEEK = 7 * 24
LONGEST_HOURS = 2 * 8784
LARGEST = 1e12
"""No endpoint serves as much in an hour; larger loads are errors of the source."""


@dataclass(frozen=True, slots=True)
class LoadSeries:
    """Whole hours from ``start`` on; ``load`` is [hour], NaN where it is not known.

    ``problems`` says what was left out or not believed, with counts.
    """

    start: datetime
    load: Array
    problems: tuple[str, ...]

    @property
    def end(self) -> datetime:
        """The instant at which the last hour ends."""
        return self.start + len(self.load) * HOUR


def read_load(files: Iterable[Path], columns: LoadColumns) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of all files, DataFrame[timestamp, load], and what was left out, in words.

    Declared columns or metrics are added up. Of two rows of one instant (and metric) the later one
    counts: give files in the order of their delivery. A value that is no number stays NaN, and so
    does a sum with it. A file that cannot be read is left out, unless none can.

    :raises LoadRefused: no file can be read, or none has the declared columns.
    """
    parts, refused = [pd.DataFrame(columns=["timestamp", "metric", "load"])], []
    for file in files:
        try:
            parts.append(_long(_table(file, columns.names), columns))
        except LoadRefused as error:
            refused.append(error)
    if refused and len(parts) == 1:
        raise refused[0]
    problems = [str(error) for error in refused]
    rows = _once(_dated(pd.concat(parts[1:] or parts), problems), ["timestamp", "metric"], problems)
    metrics = list(columns.metrics or columns.values)
    index = pd.MultiIndex.from_product([rows["timestamp"].unique(), metrics])
    absent = 0.0 if columns.gaps == "zero" else np.nan
    long = rows.set_index(["timestamp", "metric"])["load"].reindex(index, fill_value=absent)
    load = long.to_numpy(np.float64).reshape(-1, len(metrics)).sum(axis=1)
    found = pd.DataFrame({"timestamp": rows["timestamp"].unique(), "load": load})
    return found, tuple(problems)


def hourly(
    history: pd.DataFrame, *, as_of: datetime | None = None, gaps: Gaps = "unknown"
) -> LoadSeries | None:
    """Clean a history into whole hours; None when no hour of it is known.

    Rows within an hour are added up. Of several rows of one instant the last one counts. Rows
    without an instant, and those of hours that have not ended by ``as_of``, are left out; a load
    that is negative or no number makes its hour unknown.

    :param history: DataFrame[timestamp, load], in any order.
    :param as_of: UTC-aware; by default the end of the last hour.
    :param gaps: what an hour without a row is; hours after the last row are never zero.
    :raises LoadRefused: a column is missing.
    """
    if absent := [name for name in ("timestamp", "load") if name not in history]:
        raise LoadRefused(
            f"the history has no column {' and '.join(absent)}: it needs timestamp and load"
        )
    problems: list[str] = []
    rows = _rows(history, "timestamp", "load", "load")
    rows = _until(_dated(rows, problems), as_of, problems)
    rows = _believed(_once(rows, ["timestamp"], problems), problems)
    hours = rows["timestamp"].dt.floor("h")
    by_hour: pd.Series[float] = rows["load"].groupby(hours).sum(min_count=1)
    by_hour[rows["load"].isna().groupby(hours).any()] = np.nan
    if count := int((by_hour >= LARGEST).sum()):
        problems.append(f"{count} hours have a load of {LARGEST:.0e} or more: they are unknown")
        by_hour[by_hour >= LARGEST] = np.nan
    if by_hour.isna().all():
        return None
    start, last = by_hour.index[0], by_hour.index[-1]
    end = pd.Timestamp(as_of).tz_convert("UTC").floor("h") if as_of else last + HOUR
    grid = pd.date_range(start, max(end, last + HOUR), freq="h", inclusive="left")
    missing = len(pd.date_range(start, last, freq="h")) - len(by_hour)
    load: Array = np.array(by_hour.reindex(grid), np.float64)
    if missing and gaps == "zero":
        inside = ~grid.isin(by_hour.index) & (grid < last)
        load[inside] = 0.0
    if missing:
        problems.append(
            f"{missing} hours have no row: taken as {'no load' if gaps == 'zero' else 'unknown'}"
        )
    if late := len(grid) - len(pd.date_range(start, last, freq="h")):
        problems.append(f"nothing has arrived of the last {late} hours")
    return LoadSeries(start.to_pydatetime(), load, tuple(problems))


def weekly_peaks(series: LoadSeries) -> tuple[list[date], Array]:
    """The busiest hour of each whole week before the end: its day, and its load [week].

    Weeks of which less than half is known are left out.
    """
    whole = len(series.load) // WEEK * WEEK
    first = len(series.load) - whole
    days, peaks = [], []
    for begin in range(first, len(series.load), WEEK):
        hours = series.load[begin : begin + WEEK]
        if np.isnan(hours).mean() <= 0.5:
            busiest = int(np.nanargmax(hours))
            days.append((series.start + (begin + busiest) * HOUR).date())
            peaks.append(hours[busiest])
    return days, np.array(peaks, np.float64)


def _table(file: Path, names: list[str]) -> pd.DataFrame:
    try:
        if file.suffix == ".parquet":
            table = pq.read_table(file).to_pandas()
        else:
            table = pd.read_csv(file, dtype=str, keep_default_na=False)
    except (pa.ArrowInvalid, pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise LoadRefused(f"{file}: no CSV or Parquet that can be read: {error}") from error
    if absent := [name for name in names if name not in table]:
        raise LoadRefused(
            f"{file}: no column {', '.join(absent)}; it has {', '.join(map(str, table.columns))}. "
            "Declare the columns that hold instant and load"
        )
    declared: pd.DataFrame = table[list(dict.fromkeys(names))]
    return declared


def _long(table: pd.DataFrame, columns: LoadColumns) -> pd.DataFrame:
    for name, value in columns.where.items():
        table = table[table[name].astype(str) == value]
    if columns.metric:
        wanted = table[table[columns.metric].isin(columns.metrics)]
        return _rows(wanted, columns.timestamp, columns.values[0], wanted[columns.metric])
    return pd.concat(_rows(table, columns.timestamp, value, value) for value in columns.values)


def _rows(table: pd.DataFrame, timestamp: str, value: str, metric: pd.Series | str) -> pd.DataFrame:
    found = {"timestamp": _instants(table[timestamp]), "load": _numbers(table[value])}
    return pd.DataFrame(found).assign(metric=metric)


def _instants(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]")
    found = pd.to_datetime(column.astype(str), utc=True, errors="coerce", format="ISO8601")
    return found.astype("datetime64[us, UTC]")


def _numbers(column: pd.Series) -> Array:
    return pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _dated(rows: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    dated: pd.DataFrame = rows.loc[rows["timestamp"].notna()]
    if undated := len(rows) - len(dated):
        problems.append(f"{undated} rows without a readable instant were left out")
    return dated


def _until(rows: pd.DataFrame, as_of: datetime | None, problems: list[str]) -> pd.DataFrame:
    if as_of is not None:
        early = rows["timestamp"] < pd.Timestamp(as_of).tz_convert("UTC").floor("h")
        if later := int((~early).sum()):
            problems.append(f"{later} rows of hours not ended by {as_of:%Y-%m-%d %H:%M} left out")
        rows = rows.loc[early]
    far = (rows["timestamp"] - rows["timestamp"].median()).abs() > LONGEST_HOURS * HOUR / 2
    if count := int(far.sum()):
        problems.append(f"{count} rows a year or more away from the others were left out")
    near: pd.DataFrame = rows.loc[~far]
    return near


def _once(rows: pd.DataFrame, key: list[str], problems: list[str]) -> pd.DataFrame:
    again = rows.duplicated(key, keep="last")
    if count := int(again.sum()):
        problems.append(f"{count} rows repeat an instant: the last one of each counts")
    once: pd.DataFrame = rows.loc[~again]
    return once.sort_values("timestamp", kind="stable")


def _believed(rows: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    load = rows["load"]
    reasons = {
        "is no number": load.isna(),
        "is infinite": np.isinf(load),
        "is negative": load < 0,
    }
    for reason, mask in reasons.items():
        if count := int(mask.sum()):
            problems.append(f"the load of {count} rows {reason}: their hours are unknown")
    return rows.assign(load=load.where(np.isfinite(load) & (load >= 0)))


def utc(instant: datetime) -> datetime:
    """The instant in UTC; one without a zone is UTC."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
