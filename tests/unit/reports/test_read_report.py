from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from report_files import (
    FOCUS_LINE,
    OCI_HEADER,
    OCI_LINE,
    as_csv,
    exact_totals,
    focus_csv,
    oci_lines,
    opened,
)

from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS
from cloudledger.focus.lineage import NotTraced
from cloudledger.focus.lines import NotALine
from cloudledger.focus.repeating import WORTH_GROUPING
from cloudledger.reports import blocks, control, mend, read_block, set_aside
from cloudledger.reports.blocks import PlainBlock
from cloudledger.reports.errors import LostLine, UnreadableReport
from cloudledger.reports.tags import read_tags
from cloudledger.workers import borrowed


def with_line(data: bytes, at: int, line: bytes) -> bytes:
    """The report with record ``at`` replaced."""
    lines = data.split(b"\n")
    lines[at] = line
    return b"\n".join(lines)


def test_a_clean_report_takes_the_fast_path_and_keeps_every_line(tmp_path: Path) -> None:
    data = as_csv(oci_lines(50), end="\r\n")
    found = opened(gzip.compress(data), tmp_path)
    assert found.report.exactly_split is None
    assert (found.report.records, found.report.kept, found.report.set_aside) == (50, 50, ())
    assert found.totals(kept=True) == exact_totals(data, "oci_cost")
    assert found.totals(kept=False) == {}
    assert found.lines("x_reference_number", "x_record_number") == [
        (f"ref-{n}", n) for n in range(1, 51)
    ]


def test_the_lines_have_exactly_the_ledgers_columns(tmp_path: Path) -> None:
    for data in (as_csv(oci_lines(1)), focus_csv({})):
        found = opened(data, tmp_path)
        described = found.con.execute("DESCRIBE focus_line").fetchall()
        assert [(name, kind) for name, kind, *_ in described] == [
            (column.name, DUCKDB_TYPE[column.kind]) for column in LINE_COLUMNS
        ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "shape",
    [
        lambda data, end: data,
        lambda data, end: data.removesuffix(end),
        lambda data, end: data.replace(end, end * 2),
        lambda data, end: end + data,
        lambda data, end: b"\xef\xbb\xbf" + data,
        lambda data, end: data + end * 3,
    ],
    ids=["plain", "no-last-end", "blank-lines", "blank-first", "bom", "blank-last"],
)
def test_line_ends_and_blank_lines_change_nothing(tmp_path: Path, end: str, shape: object) -> None:
    data = as_csv(oci_lines(20), end=end)
    found = opened(shape(data, end.encode()), tmp_path)
    assert (found.report.records, found.report.set_aside) == (20, ())
    assert found.report.header == tuple(OCI_HEADER)
    assert found.lines("x_record_number") == [(n,) for n in range(1, 21)]
    assert found.totals(kept=True) == exact_totals(data, "oci_cost")


def test_mixed_line_ends_are_read(tmp_path: Path) -> None:
    data = as_csv(oci_lines(4)).replace(b"\n", b"\r\n", 3)
    found = opened(data, tmp_path)
    assert "mixed line ends" in str(found.report.exactly_split)
    assert found.report.kept == 4


def test_a_header_alone_is_a_report_of_nothing(tmp_path: Path) -> None:
    found = opened(as_csv([]), tmp_path)
    assert (found.report.records, found.report.kept) == (0, 0)
    assert list(found.report.controls) == []


@pytest.mark.parametrize("data", [b"", b"\n\r\n\n"])
def test_nothing_is_no_report(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableReport, match=r"empty|blank lines only"):
        opened(data, tmp_path)


def test_lone_carriage_returns_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReport, match="lone carriage return"):
        opened(as_csv(oci_lines(2)).replace(b"\n", b"\r"), tmp_path)


def test_a_header_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReport, match="the header is not UTF-8"):
        opened(b"a,\xff\n1,2\n", tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'ref-7,"never closed,x', "opens a quote that is never closed"),
        (b"ref-7,\xff", "is not UTF-8: byte \\xff at position 7"),
        (b"ref-7,\0", "holds a NUL byte at position 7"),
        (b"ref-7,1,2", "has 3 fields where the header has 27"),
        (b"ref-7" + b"," * 30, "has 31 fields where the header has 27"),
        (b'ref-7,"x"y', "has text after a closing quote"),
    ],
)
def test_a_broken_record_is_set_aside_alone(tmp_path: Path, line: bytes, reason: str) -> None:
    data = as_csv(oci_lines(30))
    if b"fields" not in reason.encode():
        line += b"," * (26 - line.count(b","))
    found = opened(with_line(data, 7, line), tmp_path)
    assert (found.report.records, found.report.kept) == (30, 29)
    (one,) = found.report.set_aside
    assert (one.record_number, one.line_number, one.column, one.reason) == (7, 8, None, reason)
    assert one.text.startswith("ref-7,")
    assert found.report.exactly_split is not None
    assert found.lines("x_record_number") == [(n,) for n in range(1, 31) if n != 7]
    without = b"\n".join(part for at, part in enumerate(data.split(b"\n")) if at != 7)
    assert found.totals(kept=True) == exact_totals(without, "oci_cost")
    lines = {control.lines for control in found.report.controls}
    assert lines == {29, 1}


def test_an_unclosed_quote_in_the_middle_costs_one_record_of_ten_thousand(tmp_path: Path) -> None:
    data = as_csv(oci_lines(10_000))
    broken = b'ref-5000,"' + data.split(b"\n")[5000].split(b",", 1)[1]
    found = opened(with_line(data, 5000, broken), tmp_path)
    assert (found.report.records, found.report.kept) == (10_000, 9_999)
    assert [(s.record_number, s.line_number) for s in found.report.set_aside] == [(5000, 5001)]


def test_a_cell_over_lines_is_kept_as_it_is(tmp_path: Path) -> None:
    text = 'two\r\nlines, "quoted"\n\nand a blank'
    lines = oci_lines(9)
    lines[4]["product/Description"] = text
    found = opened(as_csv(lines), tmp_path)
    assert found.report.kept == 9
    assert found.lines("ChargeDescription")[4] == (text,)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("cost/myCost", "1_000", "is not a number: 1_000"),
        ("cost/myCost", "0x10", "is not a number: 0x10"),
        ("usage/billedQuantity", "NaN", "is not a number: NaN"),
        ("cost/unitPrice", "1,5", "is not a number: 1,5"),
        (
            "cost/myCost",
            "123456789012345",
            "needs more than 14 digits before the decimal point: 123456789012345",
        ),
        ("cost/myCost", "", "has no value"),
        ("cost/myCost", "NULL", "has no value"),
        ("lineItem/tenantId", "", "has no value"),
        ("lineItem/intervalUsageStart", "2023-13-01T00:00Z", None),
        ("lineItem/intervalUsageEnd", "13/11/2023", None),
        ("lineItem/intervalUsageEnd", "infinity", None),
        ("lineItem/intervalUsageEnd", "2023-02-30", None),
        ("lineItem/intervalUsageStart", "", "has no value"),
        ("cost/currencyCode", "", "has no value on a line with a cost"),
    ],
)
def test_a_bad_cell_sets_its_record_aside(
    tmp_path: Path, column: str, cell: str, reason: str | None
) -> None:
    lines = oci_lines(5)
    lines[2][column] = cell
    found = opened(as_csv(lines), tmp_path)
    assert (found.report.records, found.report.kept) == (5, 4)
    (one,) = found.report.set_aside
    reason = reason or f"is not a date and time: {cell}"
    assert (one.record_number, one.line_number, one.column, one.reason) == (3, 4, column, reason)
    assert one.text == as_csv(lines).decode().split("\n")[3]


def test_many_bad_cells_are_read_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mend, "BATCH", 2)
    monkeypatch.setattr(control, "BATCH", 2)
    lines = oci_lines(40)
    for line in lines[:30:2]:
        line["cost/myCost"] = "?"
    for line in lines[1:30:2]:
        line["cost/myCost"] = "1E-30"
    lines[39]["product/Description"] = "over\nlines"
    found = opened(as_csv(lines), tmp_path)
    assert list(found.reasons()) == list(range(1, 31, 2))
    assert found.totals(kept=True)["GBP", "BilledCost"] == Decimal(
        "12.500000000000000000000000000015"
    )


def test_record_numbers_are_the_order_of_the_file() -> None:
    count = 300_000
    data = "".join(f"{n},{'x' * 40}\n" for n in range(11, count + 11)).encode()
    assert len(data) > blocks.CHUNK
    block = PlainBlock(10, count, True, 2, data, columns=2)
    with borrowed() as worker:
        read, cells = block.load(worker.con)
    assert read is block
    assert cells.num_rows == count
    assert cells["c0"].cast(pa.int64()).equals(cells["record_number"])


def test_a_tiny_cost_without_currency_is_a_cost(tmp_path: Path) -> None:
    lines = oci_lines(2)
    lines[0] |= {"cost/currencyCode": "", "cost/myCost": "1E-30"}
    lines[1] |= {"cost/currencyCode": "", "cost/myCost": "0.000E-5"}
    found = opened(as_csv(lines), tmp_path)
    assert found.reasons() == {1: ("cost/currencyCode", "has no value on a line with a cost")}
    assert found.lines("BillingCurrency", "BilledCost") == [("XXX", Decimal(0))]


def test_a_repeated_reference_is_set_aside_and_the_first_kept(tmp_path: Path) -> None:
    lines = [*oci_lines(4), *oci_lines(2)]
    found = opened(as_csv(lines), tmp_path)
    assert found.reasons() == {
        5: ("lineItem/referenceNo", "repeats the reference number of record 1"),
        6: ("lineItem/referenceNo", "repeats the reference number of record 2"),
    }
    assert found.report.kept == 4


def test_a_record_set_aside_is_no_first_and_an_empty_reference_no_repeat(tmp_path: Path) -> None:
    lines = [
        OCI_LINE | {"cost/myCost": "x"},
        OCI_LINE,
        OCI_LINE | {"lineItem/referenceNo": ""},
        OCI_LINE | {"lineItem/referenceNo": ""},
    ]
    found = opened(as_csv(lines), tmp_path)
    assert found.reasons() == {1: ("cost/myCost", "is not a number: x")}


COST_OF_OCI = (
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "PricingCurrencyEffectiveCost",
)


def test_too_many_decimals_keep_their_text(tmp_path: Path) -> None:
    cells = ["2.3E-30", "0.12345678901234567890123456789", "2.3456789012345678E-9", "1E-9", "3"]
    lines = oci_lines(len(cells))
    for line, cell in zip(lines, cells, strict=True):
        line["cost/myCost"] = cell
    found = opened(as_csv(lines), tmp_path)
    assert found.lines("BilledCost", "x_exact") == [
        (Decimal(0), dict.fromkeys(COST_OF_OCI, cells[0])),
        (
            Decimal("0.123456789012345678901235"),
            dict.fromkeys(COST_OF_OCI, cells[1]),
        ),
        (
            Decimal("0.000000002345678901234568"),
            dict.fromkeys(COST_OF_OCI, cells[2]),
        ),
        (Decimal("1E-9"), {}),
        (Decimal(3), {}),
    ]
    assert found.totals(kept=True) == exact_totals(as_csv(lines), "oci_cost")


def test_two_currencies_stay_apart(tmp_path: Path) -> None:
    lines = oci_lines(6)
    for line in lines[:2]:
        line["cost/currencyCode"] = "USD"
    found = opened(as_csv(lines), tmp_path)
    billed = {c: v for (c, m), v in found.totals(kept=True).items() if m == "BilledCost"}
    assert billed == {"USD": Decimal("2.50"), "GBP": Decimal("5.00")}


def test_control_totals_cover_what_is_set_aside_too(tmp_path: Path) -> None:
    lines = oci_lines(5)
    lines[0]["lineItem/intervalUsageStart"] = "soon"
    lines[1]["lineItem/referenceNo"] = "ref-3"
    lines[3]["cost/myCost"] = "x"
    found = opened(as_csv(lines), tmp_path)
    rows = [
        (control.group.kept, str(control.group.charge_day), control.amount, control.lines)
        for control in found.report.controls
        if control.measure == "BilledCost"
    ]
    assert sorted(rows) == [
        (False, "2023-11-13", Decimal("1.25"), 2),
        (False, "None", Decimal("1.25"), 1),
        (True, "2023-11-13", Decimal("2.50"), 2),
    ]


def test_unknown_columns_are_kept_and_missing_ones_told(tmp_path: Path) -> None:
    header = [*OCI_HEADER, "lineItem/new", "it's"]
    lines = [OCI_LINE | {"lineItem/new": "n\\1", "it's": "", "cost/unitPriceOverage": "0.7"}]
    found = opened(as_csv(lines, header), tmp_path)
    assert found.report.unknown_columns == ("lineItem/new", "it's")
    assert "product/compartmentPath" in found.report.missing_columns
    assert found.lines("x_extra") == [
        (
            {
                "lineItem/new": "n\\1",
                "cost/unitPriceOverage": "0.7",
                "cost/skuUnitDescription": "OCPU Hours",
                "cost/subscriptionId": "0123",
                "lineItem/isCorrection": "false",
            },
        )
    ]


def test_an_instant_without_offset_is_utc(tmp_path: Path) -> None:
    found = opened(focus_csv({"ChargePeriodEnd": "2024-09-18T23:00:00+02:00"}), tmp_path)
    assert found.lines("ChargePeriodStart", "ChargePeriodEnd") == [
        (datetime(2024, 9, 18, 22, tzinfo=UTC), datetime(2024, 9, 18, 21, tzinfo=UTC))
    ]


def test_reports_that_share_a_connection_do_not_mix(tmp_path: Path) -> None:
    odd = oci_lines(3)
    odd[1]["cost/myCost"] = "2.3E-30"
    odd[2]["cost/myCost"] = "?"
    wider = as_csv([OCI_LINE | {"new": "1"}], [*OCI_HEADER, "new"])
    with borrowed() as worker:
        con = worker.con
    cases = [(as_csv(odd), 2), (focus_csv({}), 1), (wider, 1), (as_csv(oci_lines(7)), 7)]
    for data, kept in [*cases, *cases]:
        found = opened(data, tmp_path)
        assert found.report.kept == kept
        assert found.totals(kept=True) == exact_totals(
            as_csv(odd[:2]) if kept == 2 else data, found.report.format.name
        )
    with borrowed() as worker:
        assert worker.con is con


def test_more_set_aside_than_any_report_should_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "MOST_SET_ASIDE", 3)
    monkeypatch.setattr(read_block, "MOST_SET_ASIDE", 3)
    bad = [line | {"cost/myCost": "x"} for line in oci_lines(4)]
    with pytest.raises(
        UnreadableReport, match=r"more than 3 records.*record 1, cost/myCost is not a n"
    ):
        opened(as_csv([*bad, *oci_lines(1)]), tmp_path)
    with pytest.raises(UnreadableReport, match=r"more than 3 records.*record 1, has 1 fields"):
        opened(as_csv([]) + b"x\n" * 4, tmp_path)
    assert opened(as_csv([*bad[:3], *oci_lines(1)]), tmp_path).report.kept == 1


def with_mapping(monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Let sql/focus/oci_cost.sql be another."""
    from cloudledger.focus import lines

    whole = lines.statement

    def changed(name: str) -> str:
        return change(whole(name)) if name == "focus/oci_cost" else whole(name)

    monkeypatch.setattr(lines, "statement", changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: f"{text} WHERE raw.record_number > 1",
        lambda text: f"{text} LIMIT 2",
        lambda text: f"{text} UNION ALL {text}",
        lambda text: text.replace("LEFT JOIN", "INNER JOIN"),
    ],
    ids=["filtered", "limited", "doubled", "joined"],
)
def test_a_mapping_that_is_not_one_line_of_each_record_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]
) -> None:
    with_mapping(monkeypatch, change)
    with pytest.raises(NotTraced):
        opened(as_csv(oci_lines(3)), tmp_path)


def test_a_mapping_that_doubles_lines_is_a_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_mapping(monkeypatch, lambda text: text.replace("= service.serv", "<> service.serv"))
    with pytest.raises(LostLine, match="of 3 records"):
        opened(as_csv(oci_lines(3)), tmp_path)
    with pytest.raises(NotALine, match="records make"):
        opened(as_csv(oci_lines(WORTH_GROUPING)), tmp_path)


def test_a_mapping_of_other_columns_is_a_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_mapping(monkeypatch, lambda text: text.replace('AS "BilledCost"', "AS billed"))
    with pytest.raises(NotALine, match="billed"):
        opened(as_csv(oci_lines(3)), tmp_path)


def test_a_wrong_mapping_shows_against_the_control_totals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cloudledger.focus import lines

    whole = lines.statement
    monkeypatch.setattr(
        lines,
        "statement",
        lambda name: whole(name).replace(
            'amount(raw."cost/myCost") AS "BilledCost"',
            'amount(raw."cost/myCostOverage") AS "BilledCost"',
        ),
    )
    found = opened(as_csv(oci_lines(3)), tmp_path)
    assert found.lines("BilledCost") == [(None,)] * 3
    assert found.totals(kept=True)["GBP", "BilledCost"] == Decimal("3.75")


def test_tags_of_json_lose_nothing(tmp_path: Path) -> None:
    cells = [
        '{"team":"a","empty":"","none":null,"n":500,"exact":1.10000000000000000000000001}',
        '{"nested":{"x": 1.50},"list":[1, 2.0],"big":123456789012345678901234567890,"t":true}',
        '{"twice":"1","twice":"2"}',
        "[1]",
        "not json",
        '{"bad":"\\ud800"}',
        '{"accent":"\\u00e9","back\\\\slash":"q\\"q"}',
        "NULL",
        "{}",
        ' { "spaced" : "x" , "y" : 1.5 } ',
    ]
    found = opened(focus_csv(*({"Tags": cell} for cell in cells)), tmp_path)
    assert found.report.set_aside == ()
    assert found.lines("Tags", "x_extra") == [
        ({"team": "a", "n": "500", "exact": "1.10000000000000000000000001"}, {}),
        (
            {
                "nested": '{"x": 1.50}',
                "list": "[1, 2.0]",
                "big": "123456789012345678901234567890",
                "t": "true",
            },
            {},
        ),
        ({"twice": "2"}, {"Tags": cells[2]}),
        ({}, {"Tags": "[1]"}),
        ({}, {"Tags": "not json"}),
        ({}, {"Tags": cells[5]}),
        ({"accent": "é", "back\\slash": 'q"q'}, {}),
        ({}, {}),
        ({}, {}),
        ({"spaced": "x", "y": "1.5"}, {}),
    ]
    assert json.loads(FOCUS_LINE["Tags"])


def test_tags_nested_too_deep_are_no_tags() -> None:
    assert read_tags('{"deep":' + "[" * 100_000 + "]" * 100_000 + "}") == ({}, False)
