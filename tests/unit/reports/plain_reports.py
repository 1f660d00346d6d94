"""One plain line of each report format, under the header that its provider delivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from report_files import FOCUS_LINE, OCI_HEADER, OCI_LINE, Opened, as_csv, opened
from test_azure_cost_details import EA_HEADER, EA_LINE
from test_kubernetes_allocation import GIVEN, OPENCOST_HEADER
from test_kubernetes_allocation import LINE as OPENCOST_LINE
from test_oci_usage import HEADER as USAGE_HEADER
from test_oci_usage import LINE as USAGE_LINE
from test_report_formats import OCI_FOCUS_HEADER
from test_report_mappings import OCI_FOCUS_LINE

from tests.support.cur import CUR_LINE


@dataclass(frozen=True)
class Plain:
    """A format's header, a line under it, and the settings that its files need."""

    header: list[str]
    line: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)

    def csv(self, *lines: Mapping[str, str]) -> bytes:
        """A report; each line overrides cells of the plain one, and may add columns."""
        further = [name for one in lines for name in one if name not in self.header]
        rows = [{**self.line, **one} for one in lines]
        return as_csv(rows, [*self.header, *dict.fromkeys(further)])

    def opened(self, folder: Path, *lines: Mapping[str, str]) -> Opened:
        """The report of these lines, opened."""
        return opened(self.csv(*lines), folder, given=self.given)


PLAIN = {
    "oci_cost": Plain(OCI_HEADER, OCI_LINE),
    "oci_focus": Plain(OCI_FOCUS_HEADER, OCI_FOCUS_LINE),
    "oci_usage": Plain(USAGE_HEADER, USAGE_LINE),
    "aws_cur": Plain(list(CUR_LINE), CUR_LINE),
    "azure_cost_details": Plain(EA_HEADER, EA_LINE),
    "kubernetes_allocation": Plain(OPENCOST_HEADER, OPENCOST_LINE, GIVEN),
    "focus": Plain(list(FOCUS_LINE), FOCUS_LINE),
}
