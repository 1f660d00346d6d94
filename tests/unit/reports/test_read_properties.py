"""Whatever is delivered: every record kept or set aside, every digit where it was."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_files import FOCUS_LINE, OCI_LINE, as_csv, exact_totals, opened

from cloudledger.reports.blocks import SplitBlock, text_blocks
from cloudledger.reports.split import split
from cloudledger.reports.text import Text

FIXTURE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=settings().max_examples // 8,
)
TEXT = st.text(
    st.one_of(st.sampled_from('",\n\r\\ aé'), st.characters(exclude_categories=["Cs"])), max_size=12
).filter(lambda cell: "\0" not in cell)
AMOUNT = st.one_of(
    st.decimals(min_value=-(10**9), max_value=10**9, places=12),
    st.decimals(min_value=-1, max_value=1, places=30),
    st.floats(-1e9, 1e9).map(lambda value: Decimal(repr(value))),
).flatmap(lambda value: st.sampled_from([str(value), f"{value:f}", f"{value:e}", f"{value:E}"]))
QUANTITY = st.one_of(
    AMOUNT,
    st.integers(-(10**30), 10**30).map(str),
    st.integers(-(10**14), 10**14).map(lambda value: f"{Decimal(value):e}"),
)
"""Of any length, and often of a sum that is too long."""
OCI = st.fixed_dictionaries(
    {
        "product/Description": TEXT,
        "product/compartmentName": TEXT,
        "tags/team": TEXT,
        "cost/myCost": AMOUNT,
        "usage/billedQuantity": QUANTITY,
        "cost/currencyCode": st.sampled_from(["GBP", "USD"]),
    }
)


@FIXTURE
@given(rows=st.lists(OCI, min_size=1, max_size=12))
def test_oci_rows_come_in_whole(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    lines = [OCI_LINE | row | {"lineItem/referenceNo": f"r{n}"} for n, row in enumerate(rows)]
    data = as_csv(lines, end="\r\n")
    found = opened(data, tmp_path)
    assert (found.report.kept, found.report.set_aside) == (len(rows), ())
    assert found.totals(kept=True) == exact_totals(data, "oci_cost")
    texts = found.lines("ChargeDescription", "SubAccountName", "Tags['team']")
    assert [tuple(cell or "" for cell in row) for row in texts] == [
        tuple(
            "" if row[name] == "NULL" else row[name]
            for name in ("product/Description", "product/compartmentName", "tags/team")
        )
        for row in rows
    ]
    for column, name in (
        ("cost/myCost", "BilledCost"),
        ("usage/billedQuantity", "PricingQuantity"),
    ):
        exact = found.lines(f"coalesce(x_exact['{name}'], CAST({name} AS VARCHAR))")
        assert [Decimal(str(text)) for (text,) in exact] == [Decimal(row[column]) for row in rows]


@FIXTURE
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "BilledCost": AMOUNT,
                "ConsumedQuantity": st.one_of(QUANTITY, st.just(""), st.just("NULL")),
                "ServiceName": TEXT.filter(lambda text: text not in ("", "NULL")),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_focus_rows_come_in_whole(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    data = as_csv([FOCUS_LINE | row for row in rows], list(FOCUS_LINE), end="\r\n")
    found = opened(data, tmp_path)
    assert (found.report.kept, found.report.set_aside) == (len(rows), ())
    assert found.totals(kept=True) == exact_totals(data, "focus")


@FIXTURE
@given(
    damage=st.lists(
        st.tuples(
            st.integers(0, 5000), st.sampled_from([b'"', b",", b"\n", b"\0", b"\xff", b"\r", b"x"])
        ),
        max_size=6,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_damage_leaves_every_record_accounted_for(
    tmp_path: Path, damage: list[tuple[int, bytes]], end: str
) -> None:
    lines = [OCI_LINE | {"lineItem/referenceNo": f"r{n}", "tags/team": 'a,"b"'} for n in range(25)]
    whole = as_csv(lines, end=end)
    header, _, body = whole.partition(end.encode())
    for at, byte in damage:
        body = body[: at % len(body)] + byte + body[at % len(body) :]
    found = opened(header + end.encode() + body, tmp_path)
    assert found.report.kept + len(found.report.set_aside) == found.report.records
    numbers = [number for (number,) in found.lines("x_record_number")]
    aside = [one.record_number for one in found.report.set_aside]
    assert sorted([*numbers, *aside]) == list(range(1, found.report.records + 1))
    hurt = 2 * len(damage)
    assert found.report.kept >= 25 - hurt
    counted = [
        control.lines for control in found.report.controls if control.measure == "BilledCost"
    ]
    assert sum(counted) == found.report.records


@FIXTURE
@given(
    rows=st.lists(
        st.lists(st.one_of(TEXT, st.just("NULL")), min_size=3, max_size=3), min_size=1, max_size=10
    ),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_where_the_scan_trusts_it_the_fast_parser_reads_as_the_exact_one(
    tmp_path: Path, rows: list[list[str]], end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerows([["a", "b", "c"], *rows])
    data = text.getvalue().encode()
    whole = Text([data])
    next(split(whole))
    (block,) = text_blocks(whole, 3)
    if block.exactly:
        return
    exact = SplitBlock(0, list(split(Text([data]), 3))[1:], True, 3, "x")
    with duckdb.connect() as con:
        cells = []
        for one in (block, exact):
            read, table = one.load(con)
            assert (read, read.records, read.broken) == (one, len(rows), [] or one.broken)
            cells.append(table.select(["record_number", "c0", "c1", "c2"]).to_pylist())
    assert cells[0] == cells[1]
    assert len(cells[0]) == len(rows)
