"""What OpenCost and Kubecost export of their allocations.

Column by column with sources: docs/formats/kubernetes_allocation.md.
"""

from __future__ import annotations

from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat


def _property(name: str, *aliases: str, required: bool = False) -> RawColumn:
    return RawColumn(name, required=required, aliases=(*aliases, f"properties.{name}"))


KUBERNETES_ALLOCATION = ReportFormat(
    name="kubernetes_allocation",
    title="OpenCost or Kubecost allocations (CSV export, or the allocation API flattened)",
    currency="currency",
    charge_start="Date",
    tag_prefixes=("Label_", "properties.labels.", "label."),
    families=(
        *("cpu", "gpu", "ram", "pv", "network", "loadBalancer", "running_", "properties."),
        *("namespaceLabels.", "window."),
    ),
    columns=(
        RawColumn(
            "Date",
            RawKind.INSTANT,
            required=True,
            filled=True,
            aliases=("window.start", "WindowStart"),
        ),
        RawColumn("WindowEnd", RawKind.INSTANT, aliases=("window.end",)),
        RawColumn("Name"),
        RawColumn(
            "TotalCost",
            RawKind.DECIMAL,
            required=True,
            filled=True,
            feeds=(
                *("EffectiveCost", "ListCost", "ContractedCost"),
                "PricingCurrencyEffectiveCost",
            ),
        ),
        _property("Namespace", required=True),
        _property("ControllerKind"),
        _property("Controller", "ControllerName"),
        _property("Pod"),
        _property("Container"),
        _property("Node"),
        _property("ProviderID"),
        RawColumn("Labels", RawKind.TAGS),
        *(
            RawColumn(name, as_extra=True)
            for name in ("SharedCost", "ExternalCost", "TotalEfficiency", "Minutes")
        ),
        RawColumn("Cluster", filled=True, aliases=("properties.cluster",), given="cluster"),
        RawColumn("cloud_provider", filled=True, given="cloud_provider"),
        RawColumn("currency", filled=True, given="currency"),
        RawColumn("billing_account_id", filled=True, given="billing_account_id"),
        RawColumn("region", aliases=("RegionId",), given="region", may_lack=True),
        RawColumn("sub_account_label", given="sub_account_label", may_lack=True),
    ),
    derived={"BilledCost": (), "PricingQuantity": (), "ConsumedQuantity": ()},
)
