"""``cloudledger corrections`` and ``cloudledger displaced``."""

from __future__ import annotations

from cloudledger.reporting import counted, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy


def tell_corrections(settings: Settings, *, unresolved: bool, json: bool) -> None:
    """The corrections with the lines that they correct, those without one on top."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = counted.corrections(session, unresolved=unresolved)
    if json:
        print(to_json({"corrections": found}))
    else:
        counted.show_corrections(terminal.console(), found)


def tell_displaced(settings: Settings, *, measure: str, json: bool) -> None:
    """The lines that are in the lake and do not count, and why."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = counted.displaced(session, measure=measure)
    if json:
        print(to_json({"measure": measure, "displaced": found}))
    else:
        counted.show_displaced(terminal.console(), found, measure)
