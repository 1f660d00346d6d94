"""Each format is found from its header alone, and what is none of them is told the difference."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from plain_reports import PLAIN, Plain
from report_files import opened_path
from test_azure_cost_details import MCA_HEADER
from test_report_mappings import line

from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.formats import FORMATS, detect


def test_every_format_has_a_plain_report() -> None:
    assert set(PLAIN) == set(FORMATS)


@pytest.mark.parametrize(("name", "plain"), PLAIN.items(), ids=PLAIN)
def test_a_header_is_its_own_format_in_any_case_and_order(name: str, plain: Plain) -> None:
    header = plain.header
    assert detect(header).name == name
    assert detect([one.upper() for one in reversed(header)]).name == name
    assert detect([f" {one.lower()} " for one in header]).name == name
    assert detect([*header, "a_column_of_tomorrow"]).name == name


def test_both_agreements_of_azure_are_one_format() -> None:
    assert detect(MCA_HEADER).name == "azure_cost_details"


@pytest.mark.parametrize(("name", "plain"), PLAIN.items(), ids=PLAIN)
def test_a_header_without_a_required_column_is_none(name: str, plain: Plain) -> None:
    required = [column for column in FORMATS[name].columns if column.required]
    assert required
    for column in required:
        names = {one.casefold() for one in column.names}
        header = [one for one in plain.header if one.casefold() not in names]
        with pytest.raises(UnreadableReport) as caught:
            detect([*header, "surprise"], name)
        assert f"missing {column.name};" in caught.value.what
        assert "surprise" in caught.value.what
        if len(required) > 3:
            with pytest.raises(UnreadableReport, match=f"nearest is {name} "):
                detect(header)


def test_a_report_of_oracle_that_lost_its_reference_is_no_other_providers_focus() -> None:
    header = [one.name for one in FORMATS["oci_focus"].columns if one.name != "oci_ReferenceNumber"]
    with pytest.raises(
        UnreadableReport, match=r"nearest is oci_focus .*missing oci_ReferenceNumber"
    ):
        detect(header)


@pytest.mark.parametrize(("name", "plain"), PLAIN.items(), ids=PLAIN)
def test_a_format_by_name_is_the_only_one_that_will_do(name: str, plain: Plain) -> None:
    for other in set(FORMATS) - {name}:
        if name == "oci_focus" and other == "focus":
            continue
        with pytest.raises(UnreadableReport, match=f"nearest is {other} "):
            detect(plain.header, other)


@pytest.mark.parametrize(("name", "plain"), PLAIN.items(), ids=PLAIN)
def test_a_files_name_says_nothing(tmp_path: Path, name: str, plain: Plain) -> None:
    """Under the names that other formats come with, one report is the same lines."""
    found = []
    for file in ("0001000000603747.csv", "focus-00001.csv.gz", "part_0_0001.csv", "x.parquet"):
        path = tmp_path / file
        path.write_bytes(plain.csv({}))
        report = opened_path(path, given=plain.given)
        assert report.report.format.name == name
        found.append(line(report))
    assert found[1:] == found[:-1]


@pytest.mark.parametrize(("name", "plain"), PLAIN.items(), ids=PLAIN)
def test_the_same_report_as_parquet_is_the_same_line(
    tmp_path: Path, name: str, plain: Plain
) -> None:
    text = line(plain.opened(tmp_path, {}))
    (tmp_path / "plain.csv").write_bytes(plain.csv({}))
    as_text = pc.ConvertOptions(
        column_types=dict.fromkeys(plain.header, "string"), strings_can_be_null=True
    )
    cells = pc.read_csv(tmp_path / "plain.csv", convert_options=as_text)
    path = tmp_path / "delivered.parquet"
    pq.write_table(cells, path)
    shutil.copy(path, tmp_path / "another name.csv")
    found = opened_path(tmp_path / "another name.csv", given=plain.given)
    assert found.report.format.name == name
    assert line(found) == text
