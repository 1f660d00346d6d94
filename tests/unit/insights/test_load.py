from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.load import hourly, read_load
from cloudledger.insights.load_columns import LAYOUTS, LoadColumns, LoadRefused
from localcloud.samples.token_load import hourly_load, write_bedrock, write_oci

END = datetime(2026, 3, 2, 9, tzinfo=UTC)


def history(*rows: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["timestamp", "load"])


def written(folder: Path, text: str, name: str = "load.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("layout", ["bedrock", "oci_generative_ai"])
def test_both_clouds_metrics_give_the_same_tokens(tmp_path: Path, layout: str, suffix: str) -> None:
    load = hourly_load("office", 1, 200, END)
    write = {"bedrock": write_bedrock, "oci_generative_ai": write_oci}[layout]
    file = write(load, "model", tmp_path / f"m{suffix}")
    found, problems = read_load([file], LAYOUTS[layout])
    assert problems == ()
    assert found["load"].tolist() == (load["input_tokens"] + load["output_tokens"]).tolist()
    series = hourly(found)
    assert series is not None
    assert series.start == END - timedelta(hours=200)
    assert series.end == END
    assert series.problems == ()


def test_only_the_rows_that_are_asked_for_count(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "Timestamp,ModelId,InputTokenCount,OutputTokenCount\n"
        "2026-03-01T00:00:00Z,claude,10,1\n"
        "2026-03-01T00:00:00Z,titan,500,5\n",
    )
    columns = LoadColumns(
        "Timestamp", ("InputTokenCount", "OutputTokenCount"), where={"ModelId": "claude"}
    )
    assert read_load([file], columns)[0]["load"].tolist() == [11]


def test_an_hour_delivered_again_counts_as_it_came_last(tmp_path: Path) -> None:
    early = written(tmp_path, "timestamp,load\n2026-03-01T00:00:00Z,4\n", "1.csv")
    late = written(tmp_path, "timestamp,load\n2026-03-01T00:00:00Z,10\n", "2.csv")
    assert read_load([early, late], LoadColumns())[0]["load"].tolist() == [10]
    assert read_load([late, early], LoadColumns())[0]["load"].tolist() == [4]


def test_a_missing_metric_is_zero_or_unknown_as_declared(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "timestamp,name,value\n"
        "2026-03-01T00:00:00Z,InputTokenCount,10\n"
        "2026-03-01T00:00:00Z,InvocationLatency,900\n"
        "2026-03-01T01:00:00Z,InputTokenCount,7\n"
        "2026-03-01T01:00:00Z,OutputTokenCount,3\n",
    )
    columns = LAYOUTS["oci_generative_ai"]
    assert read_load([file], columns)[0]["load"].tolist() == [10, 10]
    strict = LoadColumns(
        columns.timestamp, columns.values, columns.metric, columns.metrics, gaps="unknown"
    )
    found = read_load([file], strict)[0]["load"]
    assert np.isnan(found[0])
    assert found[1] == 10


def test_a_file_without_the_columns_is_refused_with_those_it_has(tmp_path: Path) -> None:
    file = written(tmp_path, "time,tokens\n2026-03-01,4\n")
    with pytest.raises(LoadRefused, match=r"no column timestamp, load; it has time, tokens"):
        read_load([file], LoadColumns())
    with pytest.raises(LoadRefused, match=r"load\.parquet"):
        read_load([written(tmp_path, "no parquet", "load.parquet")], LoadColumns())
    with pytest.raises(LoadRefused, match="no column load"):
        hourly(pd.DataFrame({"timestamp": [END]}))


def test_a_file_that_cannot_be_read_is_told_and_the_others_count(tmp_path: Path) -> None:
    good = written(
        tmp_path,
        "timestamp,load\n2026-03-01T00:00:00Z,1\n2026-03-01T00:00:00Z,4\nnever,1\n",
    )
    bad = written(tmp_path, "", "empty.csv")
    found, problems = read_load([bad, good], LoadColumns())
    assert found["load"].tolist() == [4]
    assert "empty.csv: no CSV or Parquet" in problems[0]
    assert problems[1:] == (
        "1 rows without a readable instant were left out",
        "1 rows repeat an instant: the last one of each counts",
    )


def test_metrics_need_their_column() -> None:
    with pytest.raises(ValueError, match="name the column of metrics"):
        LoadColumns(metrics=("InputTokenCount",))
    with pytest.raises(ValueError, match="one column of values"):
        LoadColumns(values=("a", "b"), metric="name", metrics=("x",))


def test_no_file_and_no_row_are_no_series(tmp_path: Path) -> None:
    assert hourly(read_load([], LoadColumns())[0]) is None
    assert hourly(read_load([written(tmp_path, "timestamp,load\n")], LoadColumns())[0]) is None
    assert hourly(history((END, float("nan")), (END, "much"))) is None


def test_what_is_wrong_is_counted_and_the_rest_is_kept() -> None:
    found = hourly(
        history(
            ("2026-03-01T00:10:00Z", 5),
            ("2026-03-01T00:40:00Z", 6),
            ("2026-03-01T02:00:00+01:00", "12"),
            ("2026-03-01T02:00:00", -3),
            ("2026-03-01T03:00:00Z", float("inf")),
            ("2026-03-01T04:00:00Z", "no number"),
            ("2026-03-01T06:00:00Z", 1),
            ("2026-03-01T06:00:00Z", 2),
            ("yesterday", 1),
            ("1970-01-01", 1),
            ("2026-03-01T07:10:00Z", 9),
        ),
        as_of=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
    )
    assert found is not None
    assert found.start == datetime(2026, 3, 1, tzinfo=UTC)
    np.testing.assert_equal(found.load, [11, 12, np.nan, np.nan, np.nan, np.nan, 2])
    told = "\n".join(found.problems)
    for words in (
        "1 rows without a readable instant",
        "1 rows of hours not ended by 2026-03-01 07:30",
        "1 rows a year or more away",
        "1 rows is negative",
        "1 rows is infinite",
        "1 rows is no number",
        "1 rows repeat an instant",
        "1 hours have no row: taken as unknown",
    ):
        assert words in told


def test_hours_without_a_row_are_zero_only_before_the_last_one() -> None:
    rows = history(("2026-03-01T00:00:00Z", 5), ("2026-03-01T03:00:00Z", 6))
    found = hourly(rows, as_of=datetime(2026, 3, 1, 6, tzinfo=UTC), gaps="zero")
    assert found is not None
    np.testing.assert_equal(found.load, [5, 0, 0, 6, np.nan, np.nan])
    assert "nothing has arrived of the last 2 hours" in found.problems


def test_a_load_beyond_any_count_is_not_believed() -> None:
    found = hourly(history(("2026-03-01T00:00:00Z", 5), ("2026-03-01T01:00:00Z", 1e12)))
    assert found is not None
    np.testing.assert_equal(found.load, [5, np.nan])


JANUARY = map(datetime.fromisoformat, ("2026-01-01", "2026-01-12"))
INSTANTS = st.datetimes(*JANUARY) | st.sampled_from(
    ["", "never", None, "2026-01-03T10:00:00+05:30", float("nan")]
)
LOADS = st.floats() | st.integers(-10, 10**13) | st.sampled_from([None, "", "12", "x"])


@given(
    rows=st.lists(st.tuples(INSTANTS, LOADS), max_size=40),
    gaps=st.sampled_from(["unknown", "zero"]),
    as_of=st.none() | st.just(datetime(2026, 1, 6, 12, 30, tzinfo=UTC)),
)
def test_any_rows_give_hours_without_a_sign_or_no_series(
    rows: list[tuple[object, object]], gaps: str, as_of: datetime | None
) -> None:
    frame = pd.DataFrame(
        {
            "timestamp": pd.Series([row[0] for row in rows], dtype=object),
            "load": pd.Series([row[1] for row in rows], dtype=object),
        }
    )
    found = hourly(frame, as_of=as_of, gaps=gaps)  # type: ignore[arg-type]
    if found is None:
        return
    known = found.load[~np.isnan(found.load)]
    assert known.size
    assert np.isfinite(known).all()
    assert (known >= 0).all()
    assert found.start.minute == 0
    if as_of:
        assert found.end <= as_of
