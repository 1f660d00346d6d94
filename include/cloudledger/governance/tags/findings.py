"""Resources that lack a tag or have a wrong value, and whose they likely are.

A resource that has something in common with others (another tag, its creator, its account, its
neighbours by name) is likely tagged as they are. Each suggestion says what it rests on; its
confidence is the share that agree by the rule of succession, (agreeing + 1) / (known + 2), or for
a misspelt value its likeness to the allowed one (difflib).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudledger.governance.tags.config import Tags
from cloudledger.governance.tags.lines import attach_creators, make
from cloudledger.governance.tags.values import State
from cloudledger.sql import statement

if TYPE_CHECKING:
    import duckdb

EVIDENCE_BYTES = 2000
SHARE_DECIMALS = Decimal("0.0001")
SPELLING = "spelling"
TOLD = (
    ("earlier", "{agreeing} of {known} days on which it was tagged"),
    ("tag", "{agreeing} of {known} resources tagged {label}"),
    ("creator", "{agreeing} of {known} resources tagged {label}"),
    ("account", "{agreeing} of {known} resources of {label}"),
    ("neighbours", "{agreeing} of {known} resources alike by service, region and name: {label}"),
    ("creator", "made by {label}; {agreeing} of {known} resources have their creator's name"),
)
"""The kinds of evidence in the order of their rank, a resource's own first, and what each says."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One resource and key; ``cost`` is that of all days, in ``billing_currency``.

    :param state: untagged or wrong, as its last line is.
    :param tag_value: what is written; None for an untagged one.
    :param suggestion: an allowed value; None, as what follows, where nothing says which.
    :param evidence_kind: ``spelling`` or one of :data:`TOLD`.
    :param confidence: above 0, at most 1.
    """

    finding_id: str
    tag_key: str
    provider_name: str
    sub_account_id: str | None
    service_name: str
    region_id: str | None
    resource_id: str
    resource_name: str | None
    resource_type: str | None
    billing_currency: str
    state: State
    tag_value: str | None
    last_day: date
    cost: Decimal
    suggestion: str | None = None
    evidence_kind: str | None = None
    evidence: str | None = None
    confidence: Decimal | None = None


def findings(con: duckdb.DuckDBPyConnection, rules: Tags) -> list[Finding]:
    """The dearest ``rules.most_findings``, of the tables of
    :func:`cloudledger.governance.tags.lines.attach_tags`.

    :raises TagsRefused: a sum is more than the warehouse holds.
    """
    attach_creators(con, rules)
    make(con, "tag_peer", "lake/tag_peers", {"creator_keys": list(rules.creator_keys)})
    make(con, "tag_likely", "lake/tag_likely", {"agreement": rules.agreement})
    rows = con.sql(statement("lake/tag_findings"), params={"most": rules.most_findings})
    return [_finding(row) for row in rows.to_arrow_table().to_pylist()]


def _finding(row: Mapping[str, Any]) -> Finding:
    told = {field.name: row[field.name] for field in fields(Finding) if field.name in row}
    return Finding(**told | {"state": State(row["state"])} | _suggestion(row))


def _suggestion(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["spelt"] is not None:
        evidence = f"the allowed value nearest to {row['tag_value']}"
        return _told(SPELLING, row["spelt"], evidence, row["likeness"])
    if row["likely"] is None:
        return {}
    (kind, told), agreeing, known = TOLD[row["place"]], row["agreeing"], int(row["known"])
    evidence = told.format(agreeing=agreeing, known=known, label=row["label"])
    confidence = (Decimal(agreeing + 1) / (known + 2)).quantize(SHARE_DECIMALS)
    return _told(kind, row["likely"], evidence, confidence)


def _told(kind: str, value: str, evidence: str, confidence: Decimal) -> dict[str, Any]:
    return {
        "suggestion": value,
        "evidence_kind": kind,
        "evidence": evidence.encode()[:EVIDENCE_BYTES].decode(errors="ignore"),
        "confidence": confidence,
    }
