from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.reports.split import MOST_LINES, Record, split
from cloudledger.reports.text import LONGEST_LINE, Text

CELL = st.text(
    st.one_of(st.sampled_from('",\n\r\\ aZ0é\u2028'), st.characters(exclude_categories=["Cs"])),
    max_size=8,
).filter(lambda cell: "\0" not in cell)
ROWS = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)
FIXTURE = settings(deadline=None)


def records(data: bytes, columns: int | None) -> list[Record]:
    return list(split(Text([data]), columns))


@FIXTURE
@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_quoted_rows_come_back_as_they_were(rows: list[list[str]], end: str, last: bool) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    data = text.getvalue().encode()
    found = records(data if last else data.removesuffix(end.encode()), len(rows[0]))
    assert [record.fields for record in found] == rows
    assert [record.number for record in found] == list(range(len(rows)))


@FIXTURE
@given(rows=ROWS)
def test_minimally_quoted_rows_come_back(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)  # which makes it quote both
    found = records(text.getvalue().encode(), len(rows[0]))
    assert [record.fields for record in found] == rows


@FIXTURE
@given(data=st.binary(max_size=300), columns=st.integers(1, 4))
def test_any_bytes_give_every_line_to_some_record(data: bytes, columns: int) -> None:
    found = records(data, columns)
    lines = [line for line in data.replace(b"\r\n", b"\n").split(b"\n") if line.strip(b"\r")]
    taken = [
        line
        for record in found
        for line in record.data.replace(b"\r\n", b"\n").split(b"\n")
        if line.strip(b"\r")
    ]
    assert [line.rstrip(b"\r") for line in taken] == [line.rstrip(b"\r") for line in lines]


def test_an_unclosed_quote_takes_only_its_own_line() -> None:
    lines = [b"h1,h2,h3"] + [b'%d,"t,""x""",3' % n for n in range(1, 10_001)]
    lines[5000] = b'5000,"never closed,3'
    found = records(b"\n".join(lines), 3)
    assert len(found) == 10_001
    assert [(r.number, r.line, r.problem) for r in found if r.problem] == [
        (5000, 5001, "opens a quote that is never closed")
    ]
    assert found[5000].text == '5000,"never closed,3'


def test_an_unclosed_quote_among_unquoted_lines() -> None:
    lines = [b"a,b"] + [b"%d,x" % n for n in range(1, 2000)]
    lines[700] = b'700,"x'
    found = records(b"\n".join(lines), 2)
    assert [r.number for r in found if r.problem] == [700]
    assert len(found) == 2000


def test_a_cell_over_lines_is_one_record() -> None:
    found = records(b'a,b\n1,"x\r\n\n,""y"\n2,z\n', 2)
    assert [(r.number, r.line, r.fields) for r in found[1:]] == [
        (1, 2, ["1", 'x\r\n\n,"y']),
        (2, 5, ["2", "z"]),
    ]


def test_a_cell_over_lines_of_the_wrong_width_is_no_cell() -> None:
    found = records(b'a,b\n1,"x\n",3\n2,z\n', 2)
    assert [(r.number, r.line, r.problem is None) for r in found[1:]] == [
        (1, 2, False),
        (2, 3, False),
        (3, 4, True),
    ]


def test_the_reach_of_a_quote_is_bounded() -> None:
    cell = b"x\n" * (MOST_LINES + 1)
    found = records(b'a,b\n1,"' + cell + b'"\n2,z\n', 2)
    assert found[1].problem == "opens a quote that is never closed"
    assert found[-1].fields == ["2", "z"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"1,2,3", "has 3 fields where the header has 2"),
        (b"1", "has 1 fields where the header has 2"),
        (b"1,a\xffb", "is not UTF-8: byte \\xff at position 4"),
        (b"1,a\0b", "holds a NUL byte at position 4"),
        (b'1,"a"b', "has text after a closing quote"),
        (b'"a" ,b', "has text after a closing quote"),
        (b'1,"a\xff"', "is not UTF-8: byte \\xff at position 5"),
    ],
)
def test_a_bad_record_says_why_and_stands_alone(line: bytes, problem: str) -> None:
    found = records(b"a,b\n8,9\n" + line + b"\n6,7\n", 2)
    assert [r.problem for r in found] == [None, None, problem, None]
    assert found[2].line == 3


def test_undecodable_bytes_are_shown_escaped() -> None:
    assert records(b"a,b\nx\xfe\0,y\n", 2)[1].text == "x\\xfe\\x00,y"


def test_a_quote_inside_an_unquoted_field_is_text() -> None:
    assert records(b'a,b\n5" disk,a "b" c\n', 2)[1].fields == ['5" disk', 'a "b" c']


def test_a_line_too_long_is_skipped_whole() -> None:
    found = records(b"a,b\n" + b"x" * (2 * LONGEST_LINE) + b",1\n1,2\n", 2)
    assert [r.problem for r in found] == [None, f"is longer than {LONGEST_LINE} bytes", None]
    assert found[2].line == 3
