"""Small cost reports of our own, written cell by cell."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping

OCI_COST_COLUMNS = (
    "lineItem/referenceNo",
    "lineItem/tenantId",
    "lineItem/intervalUsageStart",
    "lineItem/intervalUsageEnd",
    "product/service",
    "product/compartmentId",
    "product/compartmentName",
    "product/region",
    "product/availabilityDomain",
    "product/resourceId",
    "usage/billedQuantity",
    "usage/billedQuantityOverage",
    "cost/subscriptionId",
    "cost/productSku",
    "product/Description",
    "cost/unitPrice",
    "cost/unitPriceOverage",
    "cost/myCost",
    "cost/myCostOverage",
    "cost/currencyCode",
    "cost/billingUnitReadable",
    "cost/skuUnitDescription",
    "cost/overageFlag",
    "lineItem/isCorrection",
    "lineItem/backreferenceNo",
)
"""Before the tags, which each tenancy has of its own."""

OCI_COST_HEADER = (*OCI_COST_COLUMNS, "tags/cost_center", "tags/environment")

OCI_COST_LINE = {
    "lineItem/tenantId": "ocid1.tenancy.oc1..sample",
    "lineItem/intervalUsageStart": "2026-03-01T10:00Z",
    "lineItem/intervalUsageEnd": "2026-03-01T11:00:00Z",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..web",
    "product/compartmentName": "web",
    "product/region": "eu-frankfurt-1",
    "product/resourceId": "ocid1.instance.oc1.eu-frankfurt-1.a",
    "usage/billedQuantity": "2",
    "cost/productSku": "B93113",
    "product/Description": "Compute - Standard - E4 - OCPU",
    "cost/unitPrice": "0.025",
    "cost/myCost": "0.05",
    "cost/currencyCode": "USD",
    "cost/skuUnitDescription": "OCPU Hours",
    "cost/overageFlag": "N",
    "lineItem/isCorrection": "false",
    "tags/cost_center": "CC-101",
}


def oci_cost(*lines: Mapping[str, str], header: Iterable[str] = OCI_COST_HEADER) -> str:
    """An OCI cost-csv report; each line overrides cells of a plain compute line."""
    numbered = [
        OCI_COST_LINE | {"lineItem/referenceNo": f"ref-{number}"} | dict(line)
        for number, line in enumerate(lines, start=1)
    ]
    return table(header, numbered)


def table(header: Iterable[str], rows: Iterable[Mapping[str, str]], end: str = "\n") -> str:
    """CSV text of these rows; cells that a row lacks are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(header), lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def gzipped(text: str | bytes) -> bytes:
    """The gzip of a report, the same bytes each time."""
    data = text.encode() if isinstance(text, str) else text
    return gzip.compress(data, mtime=0)
