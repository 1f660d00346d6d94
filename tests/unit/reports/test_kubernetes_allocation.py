from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from report_files import Opened, as_csv, opened, opened_path
from test_report_mappings import line

from cloudledger.focus.columns import MEASURES
from cloudledger.reports.errors import UnreadableReport

GIVEN = {
    "currency": "USD",
    "billing_account_id": "111122223333",
    "cluster": "shop-eks",
    "cloud_provider": "aws",
    "region": "eu-central-1",
}

OPENCOST_COLUMNS = """
    Date,Namespace,ControllerKind,ControllerName,Pod,Container,CPUCoreUsageAverage,
    CPUCoreRequestAverage,RAMBytesUsageAverage,RAMBytesRequestAverage,NetworkReceiveBytes,
    NetworkTransferBytes,GPUs,PVBytes,CPUCost,RAMCost,NetworkCost,PVCost,GPUCost,TotalCost,Labels,
    Label_owner
"""
OPENCOST_HEADER = "".join(OPENCOST_COLUMNS.split()).split(",")

LINE = {
    "Date": "2026-03-01",
    "Namespace": "checkout",
    "ControllerKind": "deployment",
    "ControllerName": "web",
    "Pod": "web-7d9-x1",
    "Container": "nginx",
    "CPUCoreUsageAverage": "0.25",
    "RAMBytesUsageAverage": "268435456",
    "CPUCost": "0.75",
    "RAMCost": "0.3",
    "NetworkCost": "0.05",
    "PVCost": "0.1",
    "GPUCost": "0",
    "TotalCost": "1.2",
    "Labels": '{"team":"shop"}',
    "Label_owner": "ada",
}


def opencost(folder: Path, *lines: Mapping[str, str], **given: str) -> Opened:
    text = as_csv([LINE | one for one in lines], OPENCOST_HEADER)
    return opened(text, folder, given=GIVEN | given)


def test_an_opencost_line_column_by_column(tmp_path: Path) -> None:
    found = opencost(tmp_path, {})
    assert found.report.format.name == "kubernetes_allocation"
    assert found.report.unknown_columns == ()
    assert line(found) == {
        "ProviderName": "Kubernetes",
        "PublisherName": "Kubernetes",
        "InvoiceIssuerName": "Kubernetes",
        "BillingAccountId": "111122223333",
        "BillingAccountType": "Payer Account",
        "SubAccountId": "checkout",
        "SubAccountName": "checkout",
        "SubAccountType": "Namespace",
        "BillingPeriodStart": datetime(2026, 3, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2026, 4, 1, tzinfo=UTC),
        "ChargePeriodStart": datetime(2026, 3, 1, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2026, 3, 2, tzinfo=UTC),
        "ChargeCategory": "Usage",
        "ChargeDescription": "Share of cluster shop-eks",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": Decimal(0),
        "EffectiveCost": Decimal("1.2"),
        "ListCost": Decimal("1.2"),
        "ContractedCost": Decimal("1.2"),
        "PricingCategory": "Standard",
        "PricingCurrency": "USD",
        "PricingCurrencyEffectiveCost": Decimal("1.2"),
        "BillingCurrency": "USD",
        "ServiceName": "Kubernetes",
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Containers",
        "ResourceId": "shop-eks/checkout/web-7d9-x1/nginx",
        "ResourceName": "nginx",
        "ResourceType": "Container",
        "RegionId": "eu-central-1",
        "RegionName": "Europe (Frankfurt)",
        "Tags": {"team": "shop", "owner": "ada"},
        "x_extra": {
            "CPUCoreUsageAverage": "0.25",
            "RAMBytesUsageAverage": "268435456",
            "CPUCost": "0.75",
            "RAMCost": "0.3",
            "NetworkCost": "0.05",
            "PVCost": "0.1",
            "GPUCost": "0",
            "cluster": "shop-eks",
            "cloud_provider": "aws",
            "namespace": "checkout",
            "controller_kind": "deployment",
            "controller": "web",
            "pod": "web-7d9-x1",
            "container": "nginx",
        },
        "x_record_number": 1,
    }


def test_nobody_bills_the_split(tmp_path: Path) -> None:
    found = opencost(tmp_path, {}, {"TotalCost": "0.3000000000000004"})
    split = ("EffectiveCost", "ListCost", "ContractedCost")
    assert found.totals(kept=True) == {
        ("USD", measure): Decimal("1.5000000000000004") if measure in split else Decimal(0)
        for measure in MEASURES
    }
    assert found.con.execute("SELECT sum(BilledCost) FROM focus_line").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("cells", "owner", "kind"),
    [
        ({"Labels": '{"team":"shop"}'}, "shop", "Label team"),
        ({"Labels": '{"other":"x"}'}, None, None),
        ({"Labels": "", "Namespace": "__idle__"}, "__idle__", "Label team"),
    ],
)
def test_a_label_may_own_the_cost_instead_of_the_namespace(
    tmp_path: Path, cells: dict[str, str], owner: str | None, kind: str | None
) -> None:
    found = opencost(tmp_path, cells, sub_account_label="team")
    assert found.lines("SubAccountId", "SubAccountName", "SubAccountType") == [(owner, owner, kind)]


@pytest.mark.parametrize(
    ("namespace", "description"),
    [
        ("__idle__", "Idle capacity of cluster shop-eks"),
        ("__unmounted__", "Unmounted volumes of cluster shop-eks"),
        ("__unallocated__", "Unallocated cost of cluster shop-eks"),
    ],
)
def test_what_nobody_used_is_said(tmp_path: Path, namespace: str, description: str) -> None:
    alone = dict.fromkeys(("ControllerKind", "ControllerName", "Pod", "Container"), "")
    found = opencost(tmp_path, alone | {"Namespace": namespace, "TotalCost": "-0.1"})
    assert found.lines("SubAccountId", "ChargeDescription", "ResourceId", "ResourceType") == [
        (namespace, description, f"shop-eks/{namespace}", "Cluster")
    ]
    assert found.lines("EffectiveCost") == [(Decimal("-0.1"),)]


@pytest.mark.parametrize("setting", ["currency", "billing_account_id", "cluster", "cloud_provider"])
def test_a_setting_says_what_the_export_does_not(tmp_path: Path, setting: str) -> None:
    with pytest.raises(UnreadableReport, match=f"Say {setting} in the settings of its source"):
        opencost(tmp_path, {}, **{setting: ""})


def test_region_and_label_need_not_be_said(tmp_path: Path) -> None:
    found = opencost(tmp_path, {}, region="")
    assert found.lines("RegionId", "RegionName", "SubAccountId") == [(None, None, "checkout")]


@pytest.mark.parametrize(
    ("provider", "region", "name"),
    [
        ("oci", "eu-frankfurt-1", "Germany Central (Frankfurt)"),
        ("OCI", "eu-frankfurt-1", "Germany Central (Frankfurt)"),
        ("azure", "westeurope", "West Europe"),
        ("gcp", "europe-west3", "Frankfurt"),
        ("on-premises", "cellar", "cellar"),
    ],
)
def test_the_clouds_own_table_names_the_region(
    tmp_path: Path, provider: str, region: str, name: str
) -> None:
    found = opencost(tmp_path, {}, cloud_provider=provider, region=region)
    assert found.lines("RegionId", "RegionName") == [(region, name)]


FLAT = {
    "name": "checkout/web-7d9-x1/nginx",
    "window.start": "2026-03-01T10:00:00Z",
    "window.end": "2026-03-01T11:00:00Z",
    "running_start_time": "2026-03-01T10:00:00Z",
    "running_minutes": 60.0,
    "cpuCost": 0.03,
    "cpuCostAdjustment": -0.01,
    "ramCost": 0.02,
    "networkCost": 0.0,
    "loadBalancerCost": 0.01,
    "pvCost": 0.0,
    "gpuCost": 0.0,
    "sharedCost": 0.005,
    "externalCost": 0.0,
    "totalCost": 0.055,
    "totalEfficiency": 0.4,
    "properties.cluster": "shop-oke",
    "properties.node": "10.0.10.2",
    "properties.namespace": "checkout",
    "properties.controller": "web",
    "properties.controllerKind": "deployment",
    "properties.pod": "web-7d9-x1",
    "properties.container": "nginx",
    "properties.providerID": "ocid1.instance.oc1..n",
    "properties.services": ["web"],
    "properties.labels.app": "web",
    "label.team": "shop",
    "namespaceLabels.team": "platform",
}
IDLE = FLAT | {
    "name": "shop-oke/__idle__",
    "totalCost": 0.2,
    **{name: None for name in FLAT if name.startswith(("properties.", "label."))},
    "properties.cluster": "shop-oke",
}


def test_the_flattened_allocation_api_as_parquet(tmp_path: Path) -> None:
    path = tmp_path / "delivered.parquet"
    pq.write_table(pa.Table.from_pylist([FLAT, IDLE]), path)
    given = {name: GIVEN[name] for name in ("currency", "billing_account_id")}
    found = opened_path(path, given=given | {"cloud_provider": "oci"})
    assert (found.report.format.name, found.report.unknown_columns) == (
        "kubernetes_allocation",
        (),
    )
    assert found.lines("EffectiveCost", "SubAccountId", "ResourceId", "ChargePeriodEnd") == [
        (
            Decimal("0.055"),
            "checkout",
            "shop-oke/checkout/web-7d9-x1/nginx",
            datetime(2026, 3, 1, 11, tzinfo=UTC),
        ),
        (
            Decimal("0.2"),
            "__idle__",
            "shop-oke/__idle__",
            datetime(2026, 3, 1, 11, tzinfo=UTC),
        ),
    ]
    tags, kept = found.lines("Tags", "x_extra")[0]
    assert tags == {"app": "web", "team": "shop"}
    assert isinstance(kept, dict)
    assert kept["cluster"] == "shop-oke"
    assert kept["provider_id"] == "ocid1.instance.oc1..n"
    assert kept["cpuCostAdjustment"] == "-0.01"
    assert kept["namespaceLabels.team"] == "platform"
    assert json.loads(kept["properties.services"]) == ["web"]


def test_a_flattened_csv_with_plain_names(tmp_path: Path) -> None:
    cells = {
        "WindowStart": "2026-03-01T00:00:00Z",
        "WindowEnd": "2026-03-02T00:00:00Z",
        "Name": "checkout/web",
        "Cluster": "shop-eks",
        "Namespace": "checkout",
        "ControllerKind": "deployment",
        "Controller": "web",
        "TotalCost": "2.5",
    }
    given = {name: GIVEN[name] for name in ("currency", "billing_account_id", "cloud_provider")}
    found = opened(as_csv([cells], list(cells)), tmp_path, given=given)
    assert found.lines("ResourceId", "ResourceType", "EffectiveCost") == [
        ("shop-eks/checkout/web", "deployment", Decimal("2.5"))
    ]
