"""``cloudledger tags``: how far cost is tagged, and whose the rest likely is."""

from __future__ import annotations

from cloudledger.governance.config import governance
from cloudledger.reporting import tags, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy


def tell_tags(settings: Settings, *, key: str, by: str, untagged: bool, json: bool) -> None:
    """What the latest run of ``tag_governance`` told.

    :raises TagsRefused: no key of the governance file goes by the name.
    """
    rules = governance(settings.governance_file).tags
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = tags.tag_report(session, rules, by, key)
    if json:
        told = {"findings": found.findings} if untagged else found
        print(to_json(told))
    elif untagged:
        tags.show_findings(terminal.console(), found)
    else:
        tags.show_tags(terminal.console(), found)
