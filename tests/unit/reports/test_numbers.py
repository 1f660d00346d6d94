from __future__ import annotations

import re
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_files import EXACT

from cloudledger.reports.numbers import Number, plain, read_number, simple


@pytest.mark.parametrize("digits", [14, 1])
@settings(max_examples=settings().max_examples // 5, deadline=None)
@given(data=st.data())
def test_duckdb_reads_simple_cells_exactly(data: st.DataObject, digits: int) -> None:
    pattern = re.compile(simple(digits), re.ASCII)
    cells = data.draw(st.lists(st.from_regex(pattern, fullmatch=True), min_size=50, max_size=200))
    con = duckdb.connect()
    con.register("cells", pa.table({"cell": cells}))
    rows = con.execute(
        "SELECT cell, TRY_CAST(cell AS DECIMAL(38, 24)), regexp_full_match(cell, ?) FROM cells",
        [pattern.pattern],
    ).fetchall()
    assert [(cell, value) for cell, value, simple in rows if value != Decimal(cell)] == []
    assert all(matched for _, _, matched in rows)
    assert all(abs(value) < 10**digits for _, value, _ in rows)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=30, min_value=-(10**13), max_value=10**13
    )
)
def test_what_is_kept_and_what_is_left_make_the_whole(value: Decimal) -> None:
    for text in (str(value), f"{value:f}", f"{value:e}"):
        number = read_number(text)
        assert isinstance(number, Number)
        assert number.kept is not None
        assert EXACT.add(number.kept, number.rest) == value
        assert abs(number.rest) <= Decimal("0.5e-24")
        assert plain(number.kept) == f"{number.kept:f}"
        assert "E" not in plain(number.kept)


@pytest.mark.parametrize(
    "text",
    ["1_000", "0x10", "NaN", "Infinity", "-inf", "1,5", "", "-", ".", "e5", "1e", "--1", "١٢"],
)
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) == "is not a number"


@pytest.mark.parametrize(
    "text", ["100000000000000", "1E14", "-1E+999999", "99999999999999.9999999999999999999999999"]
)
def test_what_is_too_long(text: str) -> None:
    assert read_number(text) == "needs more than 14 digits before the decimal point"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("100000000000000", 14),
        ("-1.234567890123456789E+20", 14),
        ("99999999999999.9999999999999999999999999", 14),
        ("9E999", 14),
        ("1000", 3),
        ("999.9999999999999999999999999", 3),
    ],
)
def test_what_a_column_holds_as_text_only(text: str, digits: int) -> None:
    assert read_number(text, digits) == Number(None, Decimal(text))


@pytest.mark.parametrize(("text", "digits"), [("99999999999999", 14), ("-999.5", 3), ("0E99", 1)])
def test_what_a_column_still_holds_as_a_number(text: str, digits: int) -> None:
    assert read_number(text, digits) == Number(Decimal(text), Decimal(0))


@pytest.mark.parametrize("text", ["1E1000", "-1E+999999", "9" * 1001])
def test_what_is_too_long_even_for_a_text(text: str) -> None:
    assert read_number(text, 14) == "needs more than 1000 digits before the decimal point"


@pytest.mark.parametrize("text", ["1E-1001", "1E-999999", "0." + "0" * 1001 + "1"])
def test_what_has_too_many_decimals(text: str) -> None:
    assert read_number(text) == "needs more than 1000 decimals"


@pytest.mark.parametrize(
    ("text", "kept", "rest"),
    [
        ("2.3E-30", "0", "2.3E-30"),
        ("0.0000000000000000000000015", "0.000000000000000000000002", "-5E-25"),
        ("99999999999999.999999999999999999999999", "99999999999999.999999999999999999999999", "0"),
        ("0.00000000000000000000000000001E20", "1E-9", "0"),
        ("12345678901234567890.5E-10", "1234567890.12345678905", "0"),
        ("0E999999", "0", "0"),
        (" 7 ", "7", "0"),
        ("+.5", "0.5", "0"),
    ],
)
def test_edges(text: str, kept: str, rest: str) -> None:
    assert read_number(text) == Number(Decimal(kept), Decimal(rest))
