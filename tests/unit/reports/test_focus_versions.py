"""FOCUS 1.0, 1.1, 1.2 and 1.3, and what Microsoft and Google add to them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_files import FOCUS_LINE, Opened, as_csv, opened, opened_path

from cloudledger.focus.columns import FOCUS_COLUMNS
from cloudledger.reports.formats import detect

SINCE_1_1 = {
    "CapacityReservationId",
    "CapacityReservationStatus",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountUnit",
    "ServiceSubcategory",
    "SkuMeter",
    "SkuPriceDetails",
}
SINCE_1_2 = {
    "BillingAccountType",
    "InvoiceId",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "SubAccountType",
}
SINCE_1_3 = {
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "ContractApplied",
    "HostProviderName",
    "ServiceProviderName",
}
V_1_2 = [column.name for column in FOCUS_COLUMNS]
V_1_1 = [name for name in V_1_2 if name not in SINCE_1_2]
V_1_0 = [name for name in V_1_1 if name not in SINCE_1_1]
V_1_3 = [*V_1_2, *sorted(SINCE_1_3)]


def focus(folder: Path, header: list[str], **cells: str) -> Opened:
    line = {name: value for name, value in FOCUS_LINE.items() if name in header}
    return opened(as_csv([line | cells], header), folder)


def test_a_version_adds_to_the_one_before() -> None:
    assert [len(version) for version in (V_1_0, V_1_1, V_1_2, V_1_3)] == [43, 50, 57, 65]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (V_1_0, SINCE_1_1 | SINCE_1_2),
        (V_1_1, SINCE_1_2),
        (V_1_2, set()),
        (V_1_3, set()),
    ],
    ids=["1.0", "1.1", "1.2", "1.3"],
)
def test_every_version_is_focus_and_none_of_its_columns_is_unknown(
    tmp_path: Path, header: list[str], missing: set[str]
) -> None:
    found = focus(tmp_path, header)
    assert (found.report.format.name, found.report.unknown_columns) == ("focus", ())
    assert set(found.report.missing_columns) - SINCE_1_3 == missing
    assert found.lines("BilledCost", "EffectiveCost", "ServiceCategory", "BillingCurrency") == [
        (Decimal("1.5"), Decimal("1.25"), "Other", "USD")
    ]


def test_1_3_may_leave_the_deprecated_provider_out(tmp_path: Path) -> None:
    header = [name for name in V_1_3 if name not in ("ProviderName", "PublisherName")]
    split = '{"Elements":[{"Tags":{"a":"b"}}]}'
    found = focus(
        tmp_path, header, ServiceProviderName="AWS", HostProviderName="AWS", AllocatedTags=split
    )
    assert found.lines("ProviderName", "x_extra") == [
        ("AWS", {"HostProviderName": "AWS", "AllocatedTags": split})
    ]


def test_microsofts_export_keeps_its_own_columns(tmp_path: Path) -> None:
    own = {
        "x_SkuMeterCategory": "Storage",
        "x_EffectiveCostInUsd": "1.5",
        "x_ResourceGroupName": "web",
    }
    header = [*V_1_0, *own, "x_CostCenter"]
    assert detect(header).name == "focus"
    found = focus(
        tmp_path,
        header,
        ProviderName="Microsoft",
        ServiceName="Storage Accounts",
        RegionId="westeurope",
        **own,
    )
    assert found.lines("ServiceCategory", "RegionName", "x_extra") == [
        ("Storage", "West Europe", own)
    ]
    assert found.report.unknown_columns == (*own, "x_CostCenter")


GOOGLES = [
    {"key": "team", "value": "shop", "x_type": "label", "x_inherited": False},
    {"key": "goog-k8s-cluster-name", "value": "gke-1", "x_type": "system_label"},
]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_googles_tags_are_a_list_of_keys_and_values(tmp_path: Path, kind: str) -> None:
    cells = FOCUS_LINE | {"ProviderName": "Google Cloud", "ServiceName": "BigQuery"}
    if kind == "csv":
        text = (
            '[{"key":"team","value":"shop","x_type":"label","x_inherited":false},'
            '{"key":"goog-k8s-cluster-name","value":"gke-1","x_type":"system_label"}]'
        )
        found = opened(as_csv([cells | {"Tags": text}], list(cells)), tmp_path)
    else:
        path = tmp_path / "delivered.parquet"
        pq.write_table(pa.Table.from_pylist([cells | {"Tags": GOOGLES}]), path)
        found = opened_path(path)
    assert found.lines("Tags", "ServiceCategory", "x_extra") == [
        ({"team": "shop", "goog-k8s-cluster-name": "gke-1"}, "Databases", {})
    ]


@pytest.mark.parametrize(
    ("text", "tags", "kept"),
    [
        ("[]", {}, {}),
        (
            '[{"key":"a","value":"1"},{"key":"a","value":"2"}]',
            {"a": "2"},
            {"Tags": '{"a":"1","a":"2"}'},
        ),
        ('["a"]', {}, {"Tags": '["a"]'}),
        ('[{"key":1', {}, {"Tags": '[{"key":1'}),
    ],
)
def test_a_list_that_says_more_than_tags_do_keeps_its_text(
    tmp_path: Path, text: str, tags: dict[str, str], kept: dict[str, str]
) -> None:
    found = opened(as_csv([FOCUS_LINE | {"Tags": text}], list(FOCUS_LINE)), tmp_path)
    assert found.lines("Tags", "x_extra") == [(tags, kept)]
