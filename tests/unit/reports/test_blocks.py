"""Whatever the size of its blocks, a report is the same lines, records set aside, and sums."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_files import FOCUS_LINE, OCI_HEADER, OCI_LINE, as_csv, focus_csv, oci_lines

from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.text import LONGEST_LINE, Text
from cloudledger.workers import borrowed
from tests.support.read_lines import read_lines

FIXTURE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=settings().max_examples // 8,
)
SIZES = st.sampled_from([1, 900, 2000, 4000])
CELL = st.sampled_from(
    ["", "NULL", "x", "a,b", 'say "yes"', "two\nlines", "two\r\nlines", "1E300", "1", "-2.5E-30"]
)


def seen(data: bytes, folder: Path, block: int | None = None) -> tuple[object, ...]:
    """All that is read of a report, or what is said of one that cannot be."""
    path = folder / "delivered"
    path.write_bytes(data)
    try:
        report, con = read_lines(path, block=block)
    except UnreadableReport as error:
        return (error.what,)
    with con:
        lines = (
            con.execute(
                "SELECT * EXCLUDE (Tags, x_extra, x_exact), CAST(Tags AS VARCHAR), "
                "CAST(x_extra AS VARCHAR), CAST(x_exact AS VARCHAR) "
                "FROM focus_line ORDER BY x_record_number"
            ).fetchall()
            if report.kept
            else []
        )
    assert report.kept == len(lines)
    assert report.kept + len(report.set_aside) == report.records
    return (report.records, lines, report.set_aside, list(report.controls), report.sha256)


@FIXTURE
@given(
    damage=st.lists(
        st.tuples(
            st.integers(0, 4000),
            st.sampled_from([b'"', b",", b"\n", b"\0", b"\xff", b"\r", b"x", b'"\n"', b"\n\n"]),
        ),
        max_size=8,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    block=SIZES,
)
def test_damage_is_the_same_in_blocks_of_any_size(
    tmp_path: Path, damage: list[tuple[int, bytes]], end: str, block: int
) -> None:
    lines = [
        OCI_LINE
        | {"lineItem/referenceNo": f"r{n}", "tags/team": 'a,"b"' if n % 3 else "over\nlines"}
        for n in range(12)
    ]
    header, _, body = as_csv(lines, end=end).partition(end.encode())
    for at, byte in damage:
        body = body[: at % len(body)] + byte + body[at % len(body) :]
    data = header + end.encode() + body
    assert seen(data, tmp_path, block) == seen(data, tmp_path)


@FIXTURE
@given(
    numbers=st.lists(st.integers(1, 6), min_size=2, max_size=12),
    broken=st.sets(st.integers(0, 11), max_size=3),
    block=SIZES,
)
def test_references_repeat_over_blocks_as_within_one(
    tmp_path: Path, numbers: list[int], broken: set[int], block: int
) -> None:
    lines = [
        OCI_LINE
        | {"lineItem/referenceNo": f"r{n}", "cost/myCost": "?" if at in broken else str(at)}
        for at, n in enumerate(numbers)
    ]
    data = gzip.compress(as_csv(lines))
    found = seen(data, tmp_path, block)
    assert found == seen(data, tmp_path)
    first: dict[int, int] = {}
    later: dict[int, int] = {}
    for at, n in enumerate(numbers):
        if at not in broken and first.setdefault(n, at + 1) != at + 1:
            later[at + 1] = first[n]
    repeats = {
        one.record_number: one.reason for one in found[2] if one.column == "lineItem/referenceNo"
    }
    assert repeats == {
        number: f"repeats the reference number of record {met}" for number, met in later.items()
    }


@FIXTURE
@given(
    cells=st.lists(
        st.sampled_from(["1", "-4E13", "60000000000000", "99999999999999.5", "1E20", "0.1"]),
        min_size=1,
        max_size=5,
    ),
    block=SIZES,
)
def test_quantities_that_do_not_add_up_do_not_in_any_blocks(
    tmp_path: Path, cells: list[str], block: int
) -> None:
    data = focus_csv(*({"ConsumedQuantity": cell} for cell in cells))
    found = seen(data, tmp_path, block)
    assert found == seen(data, tmp_path)
    sums = [one for one in found[3] if one.measure == "ConsumedQuantity"]
    assert sum((one.amount + one.rounding for one in sums), Decimal(0)) == sum(map(Decimal, cells))


@FIXTURE
@given(
    columns=st.lists(
        st.sampled_from([*OCI_HEADER, *FOCUS_LINE, "unknown", "", "tags/", " ", "a,b"]),
        max_size=12,
    ),
    whole=st.sampled_from([OCI_HEADER, list(FOCUS_LINE), []]),
    rows=st.lists(st.lists(CELL, max_size=40), max_size=4),
    block=SIZES,
)
def test_any_header_and_cells_are_read_or_refused(
    tmp_path: Path, columns: list[str], whole: list[str], rows: list[list[str]], block: int
) -> None:
    header = [*whole, *columns]
    lines = [{name: cell for name, cell in zip(header, row, strict=False) if name} for row in rows]
    known = OCI_LINE | FOCUS_LINE
    data = as_csv(
        [{name: known.get(name, "") for name in header if name} | line for line in lines],
        [name for name in dict.fromkeys(header) if name] or ["x"],
    )
    assert seen(data, tmp_path, block) == seen(data, tmp_path)


def test_a_line_longer_than_any_block_is_one_line(tmp_path: Path) -> None:
    lines = oci_lines(4)
    lines[1]["product/Description"] = "x" * 50_000
    data = as_csv(lines)
    assert seen(data, tmp_path, 1000) == seen(data, tmp_path)
    endless = data.replace(b"x" * 50_000, b"x" * (3 * LONGEST_LINE))
    found = seen(endless, tmp_path, 1000)
    assert found == seen(endless, tmp_path)
    assert [(one.record_number, one.reason) for one in found[2]] == [
        (2, f"is longer than {LONGEST_LINE} bytes")
    ]


def test_an_error_in_one_block_is_the_reports(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(as_csv(oci_lines(3000)))[:-4])
    with pytest.raises(UnreadableReport, match="gzip member 1 is cut off"):
        read_lines(path, block=20_000)
    path.write_bytes(as_csv(oci_lines(3)))
    assert read_lines(path)[0].kept == 3


def test_a_worker_is_given_back_and_one_that_met_an_error_is_not() -> None:
    with borrowed() as first:
        pass
    with borrowed() as again:
        assert again is first
    with pytest.raises(ValueError, match="broken"), borrowed():
        raise ValueError("broken")
    with borrowed() as other:
        assert other is not first


@given(
    chunks=st.lists(st.binary(max_size=12), max_size=12),
    steps=st.lists(st.integers(1, 30), max_size=30),
)
def test_blocks_are_the_text_cut_at_line_ends(chunks: list[bytes], steps: list[int]) -> None:
    whole = b"".join(chunks)
    text = Text(chunks)
    taken = b""
    for size in [*steps, *[7] * (len(whole) + 1)]:
        block = text.block(size)
        assert block == text.block(size)
        assert whole.startswith(taken + block)
        assert block.endswith(b"\n") or taken + block == whole
        assert len(block) <= size or block.count(b"\n") <= 1
        ahead = text.line_ahead(0)
        assert (taken + block).startswith(taken + ahead)
        text.take(len(block))
        taken += block
    assert taken == whole
    assert text.ended()
