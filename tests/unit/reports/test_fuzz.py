"""Whatever its header and cells, a report is refused or each of its lines is kept or set aside."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_files import FOCUS_LINE, OCI_HEADER, OCI_LINE
from test_azure_cost_details import EA_HEADER, EA_LINE
from test_kubernetes_allocation import GIVEN, OPENCOST_HEADER
from test_kubernetes_allocation import LINE as OPENCOST_LINE
from test_oci_usage import HEADER as USAGE_HEADER
from test_oci_usage import LINE as USAGE_LINE

from cloudledger.reports.errors import UnreadableReport
from tests.support.cur import cur
from tests.support.oci_focus_reports import oci_focus
from tests.support.read_lines import read_lines

Rows = list[list[str]]


class Shape(NamedTuple):
    """A header and a line under it that is kept."""

    header: list[str]
    line: list[str]


def shape(header: list[str], line: Mapping[str, str]) -> Shape:
    return Shape(header, [line.get(name, "") for name in header])


def written(report: bytes | str) -> Shape:
    text = report.decode() if isinstance(report, bytes) else report
    header, line = csv.reader(io.StringIO(text))
    return Shape(header, line)


SHAPES = {
    "oci_cost": shape(OCI_HEADER, OCI_LINE),
    "oci_usage": shape(USAGE_HEADER, USAGE_LINE),
    "oci_focus": written(oci_focus({})),
    "aws_cur": written(cur({})),
    "azure_cost_details": shape(EA_HEADER, EA_LINE),
    "kubernetes_allocation": shape(OPENCOST_HEADER, OPENCOST_LINE),
    "focus": shape(list(FOCUS_LINE), FOCUS_LINE),
}
CELL = st.one_of(
    st.sampled_from(
        [
            *("", " ", "NULL", "null", "NaN", "-", "0", "-1.5E-30", "1E300", "1e", "٣", "9" * 400),
            *('"', '""', "a,b", "two\nlines", "two\r\nlines", "\\", "{", '{"a": ', '{"a": 1}'),
            *(
                "2026-02-30",
                "2026-13-01T00:00Z",
                "99999-01-01",
                "0000-00-00",
                "USD",
                "usd",
                "\ufeff",
            ),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
BREAK = re.compile(r"[\r\n]")
PLACE = st.integers(0, 200)
EDIT = st.tuples(st.sampled_from(["drop", "twice", "other", "new", "swap"]), PLACE, CELL)


def edited(header: list[str], line: list[str], edits: list[tuple[str, int, str]]) -> Shape:
    """The columns with some of them gone, named twice, renamed, added or in another order."""
    columns = list(zip(header, line, strict=True))
    for kind, place, cell in edits:
        at = place % len(columns)
        if kind == "drop" and len(columns) > 1:
            del columns[at]
        elif kind == "twice":
            columns.insert(at, columns[-1])
        elif kind == "other":
            columns[at] = (cell, columns[at][1])
        elif kind == "new":
            columns.insert(at, (cell, cell))
        elif kind == "swap":
            columns[0], columns[at] = columns[at], columns[0]
    return Shape([name for name, _ in columns], [cell for _, cell in columns])


def table(columns: Shape, changes: list[list[tuple[int, str]]], lengths: list[int]) -> Rows:
    """A row for each list of changed cells, some of them longer or shorter than the header.

    Those are on one line: of a record of another width every line is one that is set aside.
    """
    rows = []
    for changed, length in zip(changes, lengths, strict=False):
        row = list(columns.line)
        for place, cell in changed:
            row[place % len(row)] = cell
        if length:
            row = [BREAK.sub(" ", cell) for cell in [*row, *["more"] * length]]
        rows.append(row[: max(1, len(columns.line) + length)])
    return rows


def read(rows: Rows, folder: Path, block: int) -> int | None:
    """How many lines were kept, None of a report that is refused; all of them accounted for."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path = folder / "delivered.csv"
    path.write_text(text.getvalue(), newline="")
    try:
        report, con = read_lines(path, given=GIVEN, block=block)
    except UnreadableReport:
        return None
    with con:
        kept = (
            con.execute("SELECT x_record_number FROM focus_line").fetchall() if report.kept else []
        )
    aside = [one.record_number for one in report.set_aside]
    assert sorted([*(number for (number,) in kept), *aside]) == list(range(1, len(rows)))
    assert report.records == len(rows) - 1
    return report.kept


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=settings().max_examples // 3,
)
@given(
    name=st.sampled_from(sorted(SHAPES)),
    edits=st.lists(EDIT, max_size=3),
    changes=st.lists(st.lists(st.tuples(PLACE, CELL), max_size=3), max_size=5),
    lengths=st.lists(st.sampled_from([0, 0, 0, 1, -1, -300]), min_size=5, max_size=5),
    block=st.sampled_from([1, 700, 100_000]),
)
def test_a_report_is_refused_or_every_line_is_kept_or_set_aside(
    tmp_path: Path,
    name: str,
    edits: list[tuple[str, int, str]],
    changes: list[list[tuple[int, str]]],
    lengths: list[int],
    block: int,
) -> None:
    columns = edited(*SHAPES[name], edits)
    read([columns.header, *table(columns, changes, lengths)], tmp_path, block)


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_kept_as_long_as_nothing_is_changed(tmp_path: Path, name: str) -> None:
    header, line = SHAPES[name]
    assert read([header, line], tmp_path, 700) == 1
