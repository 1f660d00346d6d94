"""The FOCUS format, 1.0 to 1.3, of any provider: the FOCUS columns themselves.

Source: FOCUS 1.0-1.3, https://focus.finops.org/focus-specification/. A value is demanded where
the specification allows no null and the ledger line needs it.
"""

from __future__ import annotations

from cloudledger.focus.columns import FOCUS_COLUMNS, Kind, LineColumn
from cloudledger.reports.declared import LIST_AND_CONTRACTED, RawColumn, RawKind, ReportFormat

KINDS = {
    Kind.TEXT: RawKind.TEXT,
    Kind.DECIMAL: RawKind.DECIMAL,
    Kind.INSTANT: RawKind.INSTANT,
    Kind.MAP: RawKind.TAGS,
}
ALIASES = {"ProviderName": ("ServiceProviderName",)}
"""FOCUS 1.3 deprecates ProviderName in favour of ServiceProviderName."""

LISTED = (
    "CASE WHEN starts_with({cell}, '[') THEN coalesce(try('{{' || array_to_string(list_transform("
    'from_json({cell}, \'[{{"key": "VARCHAR", "value": "VARCHAR"}}]\'), '
    "lambda tag: to_json(tag.key) || ':' || to_json(tag.value)), ',') || '}}'), {cell}) "
    "ELSE {cell} END"
)
"""Google Cloud's tags are a list of objects with a key and a value: as one JSON object."""

AS_EXTRA = (
    "HostProviderName",
    "AllocatedMethodId",
    "AllocatedMethodDetails",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "ContractApplied",
)
"""Columns of FOCUS 1.3 that a 1.2 line has no place for."""


def _raw(column: LineColumn) -> RawColumn:
    return RawColumn(
        column.name,
        KINDS[column.kind],
        required=column.required,
        # a line without cost may lack its currency: BillingCurrency is checked beside the costs
        filled=column.required and column.name != "BillingCurrency",
        aliases=ALIASES.get(column.name, ()),
        feeds=(column.name,) if column.kind is Kind.DECIMAL else (),
        spelt=LISTED if column.kind is Kind.MAP else "{cell}",
    )


FOCUS = ReportFormat(
    name="focus",
    title="FOCUS 1.0-1.3 of any provider",
    currency="BillingCurrency",
    charge_start="ChargePeriodStart",
    derived=LIST_AND_CONTRACTED,
    columns=(
        *(_raw(column) for column in FOCUS_COLUMNS),
        *(RawColumn(name, as_extra=True) for name in AS_EXTRA),
    ),
)
