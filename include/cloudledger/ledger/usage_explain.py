"""What explains a difference between reports and usage API.

The difference is report - API. A cause is named only where it explains a difference up to the
API's own rounding; what fits nothing is ``unknown`` as a whole, never shared out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations

from cloudledger import exact

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Parts:
    """A difference in its parts, which add up to it exactly."""

    late: Decimal = ZERO
    correction: Decimal = ZERO
    credit: Decimal = ZERO
    rounding: Decimal = ZERO
    unknown: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Difference:
    """One day of one service in one currency and measure, in the reports and in the API."""

    source: str
    provider: str
    charge_day: date
    service_name: str
    billing_currency: str
    measure: str
    report: Decimal
    api: Decimal
    parts: Parts
    as_of: datetime
    run_id: str

    @property
    def amount(self) -> Decimal:
        """Report - API."""
        return exact.subtract(self.report, self.api)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A source's days, compared; services that only one side knows at all, by their names."""

    source: str
    differences: tuple[Difference, ...]
    only_in_api: tuple[str, ...] = ()
    only_in_reports: tuple[str, ...] = ()


def explained(
    difference: Decimal,
    *,
    corrections: Sequence[Decimal],
    credit: Decimal,
    bound: Decimal,
    late: bool,
) -> Parts:
    """The parts of a difference.

    :param corrections: what lines that correct add up to in the reports, by where they do it.
    :param credit: what credits and refunds of the day add up to in the reports.
    :param bound: how far off the API's figure may be by its own rounding.
    :param late: whether one side may still lack lines of the day.
    """
    causes = [("correction", cost) for cost in corrections if cost]
    causes += [("credit", credit)] if credit else []
    for chosen in (some for size in range(len(causes) + 1) for some in combinations(causes, size)):
        rest = exact.subtract(difference, exact.total(cost for _, cost in chosen))
        if rest.copy_abs() <= bound:
            return Parts(
                correction=exact.total(cost for name, cost in chosen if name == "correction"),
                credit=exact.total(cost for name, cost in chosen if name == "credit"),
                rounding=rest,
            )
    return Parts(late=difference) if late else Parts(unknown=difference)
