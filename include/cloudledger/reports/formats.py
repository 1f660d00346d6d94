"""Every report format, and which of them a header is."""

from __future__ import annotations

from collections.abc import Sequence

from cloudledger.reports.aws_formats import AWS_CUR
from cloudledger.reports.azure_formats import AZURE_COST_DETAILS
from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.focus_format import FOCUS
from cloudledger.reports.oci_formats import OCI_COST, OCI_FOCUS, OCI_USAGE
from cloudledger.reports.opencost_formats import KUBERNETES_ALLOCATION

__all__ = ["FORMATS", "GIVEN", "RawColumn", "RawKind", "ReportFormat", "detect"]

FORMATS: dict[str, ReportFormat] = {
    report_format.name: report_format
    for report_format in (
        *(OCI_COST, OCI_FOCUS, OCI_USAGE, AWS_CUR, AZURE_COST_DETAILS),
        *(KUBERNETES_ALLOCATION, FOCUS),
    )
}
GIVEN = tuple(
    sorted({column.given for one in FORMATS.values() for column in one.columns if column.given})
)
"""What a source's setting ``given`` may say of columns that its files lack."""

SHOWN = 12
"""How many column names an error lists."""


def detect(
    header: Sequence[str], wanted: str | None = None, *, where: str = "header"
) -> ReportFormat:
    """The format most of whose columns the header has, and all of whose required ones.

    A report that lost a required column is therefore not taken for one of a more general format.
    Names are compared without regard to letter case and outer blanks. ``wanted`` names the only
    format that will do.

    :raises UnreadableReport: no format fits; it names the nearest and how the header differs.
    :raises KeyError: ``wanted`` is no format's name.
    """
    names = {folded(name) for name in header}
    candidates = list(FORMATS.values()) if wanted is None else [FORMATS[wanted]]
    ranked = sorted(candidates, key=lambda one: (_known(one, names), _missing(one, names) == []))
    nearest = ranked[-1]
    missing = _missing(nearest, names)
    if not missing:
        return nearest
    known = (*nearest.tag_prefixes, *nearest.families)
    unknown = [
        name
        for name in header
        if folded(name) not in _names(nearest) and prefix_of(name, known) is None
    ]
    raise UnreadableReport(
        where,
        f"the header is of no known format; nearest is {nearest.name} ({nearest.title}): "
        f"missing {_listed(missing)}; unknown {_listed(unknown)}",
        "Deliver one of " + ", ".join(FORMATS),
    )


def folded(name: str) -> str:
    """A column's name as names are compared."""
    return name.strip().casefold()


def prefix_of(name: str, prefixes: Sequence[str]) -> str | None:
    """The first of the prefixes that a column's name begins with."""
    return next((one for one in prefixes if folded(name).startswith(folded(one))), None)


def _names(report_format: ReportFormat) -> set[str]:
    return {folded(name) for column in report_format.columns for name in column.names}


def _missing(report_format: ReportFormat, names: set[str]) -> list[str]:
    return [
        column.name
        for column in report_format.columns
        if column.required and not any(folded(name) in names for name in column.names)
    ]


def _known(report_format: ReportFormat, names: set[str]) -> int:
    return len(_names(report_format) & names)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name or "(no name)" for name in names[:SHOWN]) or "none"
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
