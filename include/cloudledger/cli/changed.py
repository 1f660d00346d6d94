"""``cloudledger changes``."""

from __future__ import annotations

from cloudledger.reporting import changed, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy


def tell_changes(settings: Settings, *, source: str, json: bool) -> None:
    """What redeliveries changed, newest first."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = changed.changes(session, source=source)
    if json:
        print(to_json({"changes": found}))
    else:
        changed.show_changes(terminal.console(), found)
