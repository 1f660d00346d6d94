"""FOCUS as Parquet: the same lines, to the digit, as the same cells delivered as CSV."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.books import Books
from tests.support.focus_reports import FOCUS_LINE, focus

TEXTS = ({}, {"ServiceName": 'a "quoted"\nname, 云'}, {"ServiceName": "NULL?"})
COSTS = (Decimal("1.000000000000000000000001"), Decimal("-0.1"), Decimal("99999999999"))
TAGS = ({"cost_center": "CC-1", "odd": '"\n'}, {}, {"cost_center": "CC-2"})


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def parquet(table: pa.Table, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def typed(**columns: pa.Array) -> pa.Table:
    """Three lines in the types that AWS exports: instants, decimals, a map of tags."""
    lines = [FOCUS_LINE | text for text in TEXTS]
    texts: dict[str, Any] = {name: [line[name] for line in lines] for name in FOCUS_LINE}
    for name in FOCUS_LINE:
        if "Period" in name:
            instants = [datetime.fromisoformat(text) for text in texts[name]]
            texts[name] = pa.array(instants, pa.timestamp("ms", tz="UTC"))
    cost = pa.array(COSTS, pa.decimal128(38, 24))
    tags = pa.array([list(tag.items()) for tag in TAGS], pa.map_(pa.string(), pa.string()))
    return pa.table(texts | {"BilledCost": cost, "EffectiveCost": cost, "Tags": tags} | columns)


def test_rows_are_the_lines_that_the_same_cells_are_as_text(books: Books, tmp_path: Path) -> None:
    books.deliver("a.snappy.parquet", parquet(typed(), row_group_size=2))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept, outcome.lines_set_aside) == ("taken_in", 3, 0)
    assert books.billed() == {"USD": Decimal("99999999999.900000000000000000000001")}
    assert books.reconcile().amount == 0
    as_text = Books(tmp_path / "text")
    cells = [
        {"BilledCost": f"{cost:f}", "EffectiveCost": f"{cost:f}", "Tags": json.dumps(tags)}
        for cost, tags in zip(COSTS, TAGS, strict=True)
    ]
    as_text.deliver("a.csv", focus(*(text | cell for text, cell in zip(TEXTS, cells, strict=True))))
    as_text.run()
    grain = "SELECT * EXCLUDE (mart_version) FROM daily_cost ORDER BY grain_key"
    assert books.rows(grain) == as_text.rows(grain)
    assert books.rows("SELECT * FROM tag_set_value ORDER BY ALL") == as_text.rows(
        "SELECT * FROM tag_set_value ORDER BY ALL"
    )


def test_a_float_counts_as_the_shortest_text_that_reads_back(books: Books) -> None:
    books.deliver("a.parquet", parquet(typed(BilledCost=pa.array([0.1, 1e-7, 2.5]))))
    books.run()
    assert books.billed() == {"USD": Decimal("2.6000001")}


def test_a_row_that_is_no_line_is_set_aside_with_its_cells(books: Books) -> None:
    currency = pa.array(["USD", None, "USD"])
    books.deliver("a.parquet", parquet(typed(BillingCurrency=currency)))
    (outcome,) = books.run()
    assert (outcome.lines_kept, outcome.lines_set_aside) == (2, 1)
    (row,) = books.rows("SELECT record_number, column_name, original_text FROM quarantine")
    assert (row["record_number"], row["column_name"]) == (2, "BillingCurrency")
    assert "云" in row["original_text"]
    assert books.reconcile().amount == 0


def test_a_file_without_rows_is_an_object_without_lines(books: Books) -> None:
    books.deliver("a.parquet", parquet(typed().slice(0, 0)))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept) == ("taken_in", 0)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_file_fails_alone(books: Books, damage: str) -> None:
    whole = parquet(typed(), write_page_checksum=True, compression="none", use_dictionary=False)
    at = whole.index(b"\x0c\0\0\x00111122223333")
    flipped = whole[: at + 4] + b"9" + whole[at + 5 :]
    books.deliver("bad.parquet", whole[:-20] if damage == "cut" else flipped)
    books.deliver("good.csv", focus({}))
    bad, good = books.run()
    assert (bad.state, good.state) == ("failed", "taken_in")
    assert bad.error is not None
    assert "this Parquet file cannot be read" in bad.error


def test_the_instant_is_utcs_whatever_zone_the_column_names(books: Books) -> None:
    late = [datetime(2026, 3, 1, 23, 30, tzinfo=UTC)] * 3
    zone = pa.array(late, pa.timestamp("us", tz="+02:00"))
    books.deliver("a.parquet", parquet(typed(ChargePeriodStart=zone)))
    books.run()
    days = books.rows("SELECT DISTINCT charge_day FROM daily_cost")
    assert [row["charge_day"].isoformat() for row in days] == ["2026-03-01"]
