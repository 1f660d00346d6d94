"""The driver table: by month and driver, how many units of it each cost center had."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from cloudledger import exact
from cloudledger.governance.chargeback.config import Chargeback, ChargebackRefused
from cloudledger.governance.chargeback.split import units

COLUMNS = ("month", "driver", "cost_center", "units")
Units = Mapping[str, Decimal]
"""By cost center."""
DriverTable = Mapping[tuple[str, str], Units]
"""By month (``2026-10``) and driver."""


def driver_table(rules: Chargeback) -> DriverTable:
    """The table that the settings name; empty where they name none.

    :raises ChargebackRefused: as :func:`read_drivers`.
    """
    return read_drivers(rules.drivers, rules.codes) if rules.drivers else {}


def read_drivers(path: Path, centers: tuple[str, ...]) -> DriverTable:
    """The rows of a CSV with the columns of :data:`COLUMNS`, in any order.

    :param centers: the cost centers that there are.
    :raises ChargebackRefused: no such file, a column is missing, or a row says what cannot be.
    """
    table: dict[tuple[str, str], dict[str, Decimal]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise ChargebackRefused(f"{path}: has no column {', '.join(missing)}: add it")
            for row in rows:
                _take(table, row, f"{path}:{rows.line_num}", centers)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ChargebackRefused(
            f"{path}: {error}: name a CSV that can be read in drivers"
        ) from error
    return table


def _take(
    table: dict[tuple[str, str], dict[str, Decimal]],
    row: Mapping[str, str | None],
    where: str,
    centers: tuple[str, ...],
) -> None:
    month, driver, center, told = ((row[name] or "").strip() for name in COLUMNS)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) or not driver:
        raise ChargebackRefused(
            f"{where}: {month!r}, {driver!r} is no month and driver: write 2026-10"
        )
    if center not in centers:
        raise ChargebackRefused(
            f"{where}: no cost center {center!r}; known are {', '.join(centers)}"
        )
    held = table.setdefault((month, driver), {})
    if center in held:
        raise ChargebackRefused(
            f"{where}: {center} has units of {driver} in {month} already: merge them"
        )
    try:
        count = Decimal(told)
        if not (count.is_finite() and count >= 0 and exact.fits(count)):
            raise ChargebackRefused(f"{where}: {told} units: give 0 or more, of 14 digits at most")
        units(count)
    except (InvalidOperation, ValueError) as error:
        if isinstance(error, ChargebackRefused):
            raise
        raise ChargebackRefused(f"{where}: {told!r} is no number of at most 24 decimals") from error
    held[center] = count
