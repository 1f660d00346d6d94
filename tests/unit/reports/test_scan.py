from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.reports.scan import Scan, scan
from cloudledger.reports.split import split
from cloudledger.reports.text import LONGEST_LINE, Text

CELL = st.text(st.sampled_from('",\n aé0'), max_size=6)
TOKEN = st.sampled_from([b'"', b",", b"\n", b"\r\n", b"\r", b"a", b'""', b"\xc3\xa9"])
FIXTURE = settings(deadline=None)


@FIXTURE
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=10),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_it_counts_what_pythons_csv_counts(
    rows: list[tuple[str, str]], end: str, last: bool
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    data = text.getvalue() if last else text.getvalue().removesuffix(end)
    counted = sum(1 for row in csv.reader(io.StringIO(data, newline="")) if row)
    found = scan(data.encode())
    assert found.records == counted == len(rows)
    over_lines = any("\n" in cell for row in rows for cell in row)
    assert (found.irregular is None) == (not over_lines)


@FIXTURE
@given(data=st.one_of(st.binary(max_size=120), st.lists(TOKEN, max_size=20).map(b"".join)))
def test_what_it_finds_regular_the_exact_splitter_finds_whole(data: bytes) -> None:
    found = scan(data)
    if found.irregular is None:
        records = list(split(Text([data])))
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
        (b"a,b\n" + b"x" * (LONGEST_LINE + 1) + b"\n", "a very long line"),
    ],
)
def test_it_says_what_is_irregular(data: bytes, why: str) -> None:
    assert why in str(scan(data).irregular)


@pytest.mark.parametrize("data", [b"a,b", b"\n\na,b\n\n", b"a,b\r\n\r\n", b'"a","b"\n'])
def test_blank_lines_are_no_records(data: bytes) -> None:
    assert scan(data) == Scan(1, data.count(b"\n"), data.count(b"\r") > 0, None)
