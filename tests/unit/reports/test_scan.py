from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudledger.reports import scan as scanning
from cloudledger.reports.scan import Scan, scan
from cloudledger.reports.split import split

CELL = st.text(st.sampled_from('",\n aé0'), max_size=6)
FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def scanned(data: bytes, folder: Path, block: int = scanning.BLOCK) -> Scan:
    path = folder / "report.csv"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "BLOCK", block)
        return scan(path)


@FIXTURE
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=10),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    block=st.integers(1, 40),
)
def test_it_counts_what_pythons_csv_counts(
    tmp_path: Path, rows: list[tuple[str, str]], end: str, last: bool, block: int
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    data = text.getvalue() if last else text.getvalue().removesuffix(end)
    counted = sum(1 for row in csv.reader(io.StringIO(data, newline="")) if row)
    found = scanned(data.encode(), tmp_path, block)
    assert found.records == counted == len(rows)
    assert found.delimiters == len(rows)
    over_lines = any("\n" in cell for row in rows for cell in row)
    assert (found.irregular is None) == (not over_lines)


@FIXTURE
@given(data=st.binary(max_size=120), block=st.integers(1, 30))
def test_what_it_finds_regular_the_exact_splitter_finds_whole(
    tmp_path: Path, data: bytes, block: int
) -> None:
    found = scanned(data, tmp_path, block)
    assert found == scanned(data, tmp_path)
    if found.irregular is None:
        records = list(split(tmp_path / "report.csv"))
        assert len(records) == found.records
        assert not any(record.problem for record in records)
        assert not any("\n" in record.data.decode() for record in records)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a,b\n1,\xff\n", "bad UTF-8"),
        (b"a,b\n1,\xc3", "bad UTF-8"),
        (b"a,b\n1,\0\n", "a NUL byte"),
        (b'a,b\n1,"x\ny"\n', "a line feed inside quotes"),
        (b'a,b\n1,5" x 6"\n', "a quote inside an unquoted field"),
        (b'a,b\n1, "x"\n', "a quote inside an unquoted field"),
        (b'a,b\n"x" ,1\n', "text after a closing quote"),
        (b'a,b\n1,"x\n', "an unclosed quote"),
        (b"a,b\r\n1,2\n", "mixed line ends"),
        (b"a,b\n1,2\r\n", "mixed line ends"),
        (b"a,b\n1,x\ry\n", "mixed line ends"),
        (b"a,b\n" + b"x" * (scanning.LONGEST_LINE + 1) + b"\n", "a very long line"),
    ],
)
@pytest.mark.parametrize("block", [1, 7, 1 << 22])
def test_it_says_what_is_irregular(tmp_path: Path, data: bytes, why: str, block: int) -> None:
    if len(data) > 1000 and block < 1000:
        block = 5000
    assert why in str(scanned(data, tmp_path, block).irregular)


@pytest.mark.parametrize("data", [b"a,b", b"\n\na,b\n\n", b"a,b\r\n\r\n", b'"a","b"\n'])
def test_blank_lines_are_no_records(tmp_path: Path, data: bytes) -> None:
    assert scanned(data, tmp_path, 2) == Scan(1, 1, data.count(b"\r") > 0, None)
