"""What is made once for each text that repeats is what would be made line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_files import OCI_LINE, as_csv, oci_lines

from cloudledger.focus import repeating
from cloudledger.focus.lineage import NotTraced, lineage
from cloudledger.focus.repeating import Cells
from localcloud.samples import generate
from tests.support.read_lines import read_lines

NEVER, ALWAYS = 1 << 40, 1
TEXT = st.sampled_from([None, "a", "b", "c", "d", "e"])
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=1, max_size=40)
NEEDS = st.dictionaries(
    st.sampled_from(["p", "q", "r", "s", "t"]),
    st.frozensets(st.sampled_from(["c0", "c1", "c2", "c3"]), max_size=3),
)


@settings(deadline=None)
@given(rows=ROWS, needs=NEEDS, most=st.sampled_from([0.3, 1]))
def test_every_record_is_its_rows_texts(
    rows: list[tuple[str | None, ...]], needs: dict[str, frozenset[str]], most: float
) -> None:
    columns: dict[str, Any] = {"record_number": list(range(1, len(rows) + 1))}
    columns |= {
        f"c{at}": pa.array(column, pa.string()) for at, column in enumerate(zip(*rows, strict=True))
    }
    cells = pa.table(columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeating, "WORTH_GROUPING", ALWAYS)
        patch.setattr(repeating, "MOST_DISTINCT", most)
        found = repeating.repeating(Cells(cells), needs)
    assert most < 1 or found.at.keys() == needs.keys()
    for column, at in found.at.items():
        for cell in needs[column]:
            assert found.rows[cell].take(at).to_pylist() == cells[cell].to_pylist()
    assert found.rows["record_number"].to_pylist() == [-1 - n for n in range(found.rows.num_rows)]


def lines(path: Path, patch: pytest.MonkeyPatch, worth: int) -> tuple[Any, ...]:
    """Everything that is read of a report where so many records are worth grouping."""
    patch.setattr(repeating, "WORTH_GROUPING", worth)
    patch.setattr(repeating, "MOST_DISTINCT", 1)
    report, con = read_lines(path)
    with con:
        kept = con.execute("FROM focus_line ORDER BY x_record_number").fetchall()
    return kept, report.set_aside, list(report.controls), report.digits


def test_samples_of_every_cloud_read_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = generate(tmp_path, days=14)
    paths = [manifest.root / one.path for one in manifest.current() if ".csv" in one.key][::8]
    assert len(paths) > 5
    for path in paths:
        assert lines(path, monkeypatch, ALWAYS) == lines(path, monkeypatch, NEVER), path


def test_broken_and_odd_cells_are_left_to_their_own_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = [
        OCI_LINE | {"lineItem/referenceNo": f"odd-{at}", **cells}
        for at, cells in enumerate(
            [
                {"cost/myCost": "1E-30", "tags/team": "x"},
                {"cost/unitPrice": "0." + "1" * 30},
                {"lineItem/intervalUsageStart": "yesterday", "product/service": "NEW"},
                {"cost/currencyCode": ""},
                {"usage/billedQuantity": "9" * 16},
            ]
        )
    ]
    path = tmp_path / "report.csv"
    path.write_bytes(as_csv([*oci_lines(30), *odd, *odd]))
    found = lines(path, monkeypatch, ALWAYS)
    assert found == lines(path, monkeypatch, NEVER)
    assert len(found[1]) == 7


def test_a_mapping_is_narrowed_to_what_its_columns_need() -> None:
    mapping = lineage(
        "WITH one AS (SELECT raw.*, upper(raw.a) AS big FROM raw) "
        "SELECT one.big AS x, one.b AS y, names.name AS z, 1 AS n "
        "FROM one LEFT JOIN service_reference names ON names.key = lower(one.c)"
    )
    assert mapping.columns == ("x", "y", "z", "n")
    assert mapping.made_of == {
        "x": frozenset("a"),
        "y": frozenset("b"),
        "z": frozenset("c"),
        "n": frozenset(),
    }
    assert "service_reference" not in mapping.only(frozenset("xy"))
    assert "upper" not in mapping.only(frozenset("yz"))


@pytest.mark.parametrize(
    "select",
    [
        "SELECT a FROM raw WHERE raw.a > 1",
        "SELECT raw.a FROM raw, other",
        "SELECT raw.a FROM raw UNION ALL SELECT raw.a FROM raw",
        "SELECT raw.a AS a, (SELECT 1) AS b FROM raw",
        "SELECT row_number() OVER () AS a FROM raw",
        "SELECT raw.* FROM raw",
        "SELECT a FROM raw",
        "WITH one AS (SELECT * FROM raw) SELECT one.a FROM one",
        "WITH one AS (SELECT raw.* EXCLUDE (a) FROM raw) SELECT one.b FROM one",
        "WITH one AS (SELECT raw.* EXCLUDE (raw.a) FROM raw) SELECT one.b FROM one",
        "WITH one AS (SELECT raw.* RENAME (b AS a) FROM raw) SELECT one.a FROM one",
        "WITH one AS (SELECT raw.a, raw.b FROM raw) SELECT one.* REPLACE (one.b AS a) FROM one",
        "WITH one AS (SELECT COLUMNS('a') FROM raw) SELECT one.a FROM one",
        "SELECT raw.a FROM raw JOIN other ON other.a = raw.a",
        "SELEC",
    ],
)
def test_a_statement_that_is_no_mapping_is_refused(select: str) -> None:
    with pytest.raises(NotTraced):
        lineage(select)
