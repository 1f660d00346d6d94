"""Small OCI FOCUS reports of our own, in the 1.0-preview shape."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.reports import OCI_COST_LINE, table

OCI_FOCUS_LINE = {
    "BilledCost": "0.05",
    "BillingAccountId": "20418833",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-04-01T00:00:00.000Z",
    "BillingPeriodStart": "2026-03-01T00:00:00.000Z",
    "ChargeCategory": "Usage",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2026-03-01T11:00Z",
    "ChargePeriodStart": "2026-03-01T10:00Z",
    "EffectiveCost": "0.05",
    "InvoiceIssuer": "Oracle",
    "ListCost": "0.05",
    "PricingQuantity": "2",
    "PricingUnit": "OCPU Hours",
    "Provider": "Oracle",
    "Publisher": "Oracle",
    "Region": "eu-frankfurt-1",
    "ResourceId": "ocid1.instance.oc1.eu-frankfurt-1.a",
    "ServiceCategory": "Compute",
    "ServiceName": "COMPUTE",
    "SkuId": "B93113",
    "SubAccountId": OCI_COST_LINE["lineItem/tenantId"],
    "SubAccountName": "sample",
    "Tags": '{"cost_center": "CC-101"}',
    "UsageQuantity": "2",
    "UsageUnit": "OCPU Hours",
    "oci_OverageFlag": "N",
}
"""The same charge as ``OCI_COST_LINE``: the tenancy is the sub account here."""

OCI_FOCUS_HEADER = (
    *OCI_FOCUS_LINE,
    "ChargeSubcategory",
    "oci_ReferenceNumber",
    "oci_CompartmentId",
    "oci_CompartmentName",
    "oci_BackReferenceNumber",
)


def oci_focus(*lines: Mapping[str, str]) -> str:
    """An OCI FOCUS report; each line overrides cells of a plain compute line."""
    numbered = [
        OCI_FOCUS_LINE | {"oci_ReferenceNumber": f"ref-{number}"} | dict(line)
        for number, line in enumerate(lines, start=1)
    ]
    return table(OCI_FOCUS_HEADER, numbered)
