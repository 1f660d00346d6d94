"""Rows to and from python-oracledb, against the types of the real package."""

from __future__ import annotations

from array import array
from datetime import UTC, date, datetime
from decimal import Decimal

import oracledb
import pyarrow as pa
import pytest

from cloudledger.warehouse import arrow
from cloudledger.warehouse.oracle_rows import (
    Column,
    as_table,
    batches,
    check_fit,
    input_sizes,
)
from cloudledger.warehouse.port import ConstraintViolated, WarehouseError, WrongBinds

NAME = Column("name", oracledb.DB_TYPE_VARCHAR, None, None, 8)
BODY = Column("body", oracledb.DB_TYPE_LONG, None, None, None)
COST = Column("cost", oracledb.DB_TYPE_NUMBER, 24, 38, None)
LINES = Column("lines", oracledb.DB_TYPE_NUMBER, 0, 18, None)
SUM = Column("sum", oracledb.DB_TYPE_NUMBER, None, None, None)
AT = Column("at", oracledb.DB_TYPE_TIMESTAMP, 6, None, None)
DAY = Column("day", oracledb.DB_TYPE_DATE, None, None, None)
SCORE = Column("score", oracledb.DB_TYPE_BINARY_DOUBLE, None, None, None)
FLAG = Column("flag", oracledb.DB_TYPE_BOOLEAN, None, None, None)
ALL = [NAME, BODY, COST, LINES, SUM, AT, DAY, SCORE, FLAG]
SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("body", pa.string()),
        ("cost", pa.decimal128(38, 24)),
        ("lines", pa.int64()),
        ("sum", pa.decimal128(38, 24)),
        ("at", pa.timestamp("us", tz="UTC")),
        ("day", pa.date32()),
        ("score", pa.float64()),
        ("flag", pa.int64()),
    ]
)


def test_what_is_fetched_becomes_the_ports_types():
    most = Decimal("12345678901234.123456789012345678901234")
    rows = [
        (
            "a",
            "b",
            most,
            Decimal(7),
            Decimal("0.1"),
            datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
            datetime(2026, 1, 2),  # noqa: DTZ001
            0.5,
            True,
        ),
        (None,) * 9,
    ]
    table = as_table(ALL, rows)
    assert table.schema == SCHEMA
    first, second = table.to_pylist()
    assert list(first.values()) == [
        *("a", "b", most, 7, Decimal("0.1")),
        *(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), date(2026, 1, 2), 0.5, 1),
    ]
    assert set(second.values()) == {None}


def test_no_rows_have_the_same_types():
    assert as_table(ALL, []).schema == SCHEMA
    assert as_table(ALL, []).num_rows == 0


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (SUM, Decimal(1) / Decimal(3), "column sum: .*round or cast it"),
        (SUM, Decimal(10**15), "column sum: .*round or cast it"),
        (LINES, Decimal("1.5"), "column lines: 1.5 is no whole number"),
        (DAY, datetime(2026, 1, 2, 3), "column day: the DATE 2026-01-02 03:00:00 has a time"),  # noqa: DTZ001
        (
            Column("z", oracledb.DB_TYPE_TIMESTAMP_TZ, None, None, None),
            datetime(2026, 1, 1),  # noqa: DTZ001
            "column z: DB_TYPE_TIMESTAMP_TZ has no type",
        ),
    ],
)
def test_what_cannot_be_had_exactly_is_refused(column: Column, value: object, said: str):
    with pytest.raises(WarehouseError, match=said):
        as_table([column], [(value,)])


def test_input_sizes_are_bytes_for_text_and_the_columns_type_otherwise():
    rows = arrow.sent(
        pa.table(
            {
                "name": ["", "é€"],
                "body": pa.nulls(2, pa.string()),
                "cost": pa.array([None, Decimal(1)], pa.decimal128(38, 24)),
                "at": pa.array([None, datetime(2026, 1, 1, tzinfo=UTC)]),
                "day": [date(2026, 1, 1), None],
            }
        )
    )
    assert input_sizes([NAME, BODY, COST, AT, DAY], rows) == [
        *(5, 1),
        *(oracledb.DB_TYPE_NUMBER, oracledb.DB_TYPE_TIMESTAMP, oracledb.DB_TYPE_DATE),
    ]
    nothing = pa.table({"name": pa.nulls(2)})
    assert input_sizes([NAME], nothing) == [1]


def test_rows_are_tuples_of_exact_values_in_batches():
    amounts = [Decimal("0.000000000000000000000001"), None, Decimal("-99999999999999.5")]
    at = datetime(2026, 1, 1, 0, 0, 0, 9, tzinfo=UTC)
    rows = arrow.sent(
        pa.table({"cost": pa.array(amounts, pa.decimal128(38, 24)), "at": [at, None, at]})
    )
    naive = at.replace(tzinfo=None)
    assert list(batches(rows, 2)) == [
        [(amounts[0], naive), (None, None)],
        [(amounts[2], naive)],
    ]
    assert list(batches(rows.slice(2, 1), 2)) == [[(amounts[2], naive)]]
    assert list(batches(rows.slice(0, 0), 2)) == []


@pytest.mark.parametrize("text", ["12345678", "éééé", "€€"])
def test_a_text_that_fits_in_bytes(text: str):
    check_fit("t", [NAME], pa.table({"name": [None, text]}))


@pytest.mark.parametrize(("text", "size"), [("123456789", 9), ("ééééé", 10)])
def test_a_text_that_is_too_long_in_bytes(text: str, size: int):
    with pytest.raises(ConstraintViolated, match=f"t.name holds at most 8 bytes .* has {size}"):
        check_fit("t", [NAME], pa.table({"name": ["a", text, None]}))


def test_a_text_without_a_limit():
    check_fit("t", [BODY], pa.table({"body": ["x" * 100_000]}))


def test_floats_are_for_double_columns_only():
    floats = pa.table({"cost": [0.1], "score": [0.1]})
    check_fit("t", [SCORE], floats)
    with pytest.raises(WrongBinds, match=r"t\.cost must be exact"):
        check_fit("t", [COST], floats)


def test_decimals_are_not_rounded_into_whole_numbers():
    rows = pa.table({"lines": pa.array([Decimal("1.5")], pa.decimal128(38, 24))})
    with pytest.raises(WrongBinds, match=r"t\.lines holds whole numbers"):
        check_fit("t", [LINES], rows)


VECTORS = Column("embedding", oracledb.DB_TYPE_VECTOR, None, None, None, 2)


def test_vectors_are_fetched_as_lists_of_floats():
    table = as_table([VECTORS], [(array("f", [1.0, 0.5]),), (None,)])
    assert table.schema == pa.schema([("embedding", pa.list_(pa.float32()))])
    assert table["embedding"].to_pylist() == [[1.0, 0.5], None]
    assert as_table([VECTORS], []).schema == table.schema


@pytest.mark.parametrize("value", [array("d", [1.0, 0.5]), array("b", [1]), [1.0, 0.5]])
def test_a_vector_of_another_format_is_refused(value: object):
    with pytest.raises(WarehouseError, match="column embedding: the vector is not of FLOAT32"):
        as_table([VECTORS], [(value,)])


def test_vectors_are_for_vector_columns_and_nothing_else_is():
    vectors = pa.table(
        {"embedding": pa.array([[1.0, 0.5]], pa.list_(pa.float32(), 2)), "name": ["a"]}
    )
    check_fit("t", [VECTORS], vectors)
    check_fit("t", [Column("embedding", oracledb.DB_TYPE_VECTOR, None, None, None)], vectors)
    check_fit("t", [VECTORS], pa.table({"embedding": pa.nulls(1)}))
    with pytest.raises(WrongBinds, match=r"t\.name holds no vectors"):
        check_fit("t", [NAME], vectors.rename_columns(["name", "embedding"]))
    with pytest.raises(WrongBinds, match=r"t\.embedding holds vectors"):
        check_fit("t", [VECTORS], pa.table({"embedding": ["a"]}))
