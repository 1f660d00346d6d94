"""sql/lake/displaced.sql on tables written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest

from cloudledger.ledger.counted import attach_counted

MARCH_1, MARCH_2 = date(2026, 3, 1), date(2026, 3, 2)
TENANCY = "ocid1.tenancy.oc1..sample"
Line = tuple[str, int, date, str, str | None, str | None]


def standing(*objects: tuple[str, int, str | None, int | None]) -> pa.Table:
    """Objects by id, hour of delivery, kind and rank; the URI is the id."""
    columns = [
        [name for name, *_ in objects],
        [name for name, *_ in objects],
        [datetime(2026, 3, 3, hour, tzinfo=UTC) for _, hour, *_ in objects],
        pa.array([kind for _, _, kind, _ in objects], pa.string()),
        pa.array([rank for *_, rank in objects], pa.int64()),
    ]
    return pa.table(columns, names=["object_id", "uri", "delivered_at", "kind", "rank"])


def displaced(objects: pa.Table, *lines: Line) -> list[tuple[str, int, str]]:
    """What does not count of lines by object, record, day, account, sub account and reference."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE line (x_object_id VARCHAR, x_record_number BIGINT, day DATE,"
            " BillingAccountId VARCHAR, SubAccountId VARCHAR, x_reference_number VARCHAR,"
            " provider VARCHAR DEFAULT 'oracle')"
        )
        values = "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, DEFAULT)"
        con.executemany(values, [list(line) for line in lines])
        attach_counted(con, objects)
        found = con.execute("FROM displaced ORDER BY ALL").fetchall()
        counted = con.execute("SELECT count(*) FROM counted_line").fetchall()
    assert counted == [(len(lines) - len(found),)]
    return found


def test_lines_of_their_own_all_count() -> None:
    objects = standing(("a", 1, None, None), ("b", 2, None, None))
    lines = [
        ("a", 1, MARCH_1, "x", None, "r1"),
        ("a", 2, MARCH_1, "x", None, None),
        ("b", 1, MARCH_1, "x", None, None),
        ("b", 2, MARCH_1, "y", None, "r1"),
        ("b", 3, MARCH_2, "x", None, "r1"),
    ]
    assert displaced(objects, *lines) == []


def test_the_newest_of_three_objects_counts() -> None:
    objects = standing(("a", 2, None, None), ("b", 3, None, None), ("c", 1, None, None))
    lines = [(name, 7, MARCH_1, "x", None, "r1") for name in "abc"]
    assert displaced(objects, *lines) == [("a", 7, "newer_object"), ("c", 7, "newer_object")]


def test_a_number_repeated_inside_the_newest_object_is_not_decided_here() -> None:
    objects = standing(("a", 1, None, None), ("b", 2, None, None))
    lines = [(name, record, MARCH_1, "x", None, "r1") for name in "ab" for record in (1, 2)]
    assert displaced(objects, *lines) == [("a", 1, "newer_object"), ("a", 2, "newer_object")]


def test_the_kind_of_the_lowest_rank_counts_a_tenancys_day() -> None:
    objects = standing(("c", 1, "oci_cost", 1), ("f", 2, "oci_focus", 0), ("g", 3, "oci_focus", 2))
    lines = [
        ("c", 1, MARCH_1, TENANCY, "compartment", "r1"),
        ("c", 2, MARCH_2, TENANCY, "compartment", "r2"),
        ("c", 3, MARCH_1, "ocid1.tenancy.oc1..other", "compartment", "r3"),
        ("f", 1, MARCH_1, "20418833", TENANCY, "r1"),
        ("g", 1, MARCH_1, "20418833", TENANCY, "r4"),
    ]
    assert displaced(objects, *lines) == [("c", 1, "source_priority")]


def test_what_is_displaced_by_source_displaces_no_line_itself() -> None:
    objects = standing(("c", 1, "oci_cost", 0), ("f", 9, "oci_focus", 1))
    lines = [
        ("c", 1, MARCH_1, TENANCY, None, "r1"),
        ("f", 1, MARCH_1, TENANCY, None, "r1"),
    ]
    assert displaced(objects, *lines) == [("f", 1, "source_priority")]


@pytest.mark.parametrize("hours", [(1, 2), (2, 1)])
def test_other_reports_displace_none_by_source(hours: tuple[int, int]) -> None:
    objects = standing(("a", hours[0], None, None), ("b", hours[1], "oci_cost", 0))
    lines = [
        ("a", 1, MARCH_1, TENANCY, None, "r1"),
        ("b", 1, MARCH_1, TENANCY, None, "r2"),
    ]
    assert displaced(objects, *lines) == []
