"""A version of a month's chargeback as files: statements by center, a summary, a journal.

They lie in ``<home>/statements/<month>/<currency>/v<version>``. A folder comes into being whole; a
closed version's is never written again. What the tables hold makes it, so that a run that died
after its commit is finished by the next.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, Line
from cloudledger.governance.chargeback.bill import end_of
from cloudledger.governance.chargeback.config import Center, Chargeback
from cloudledger.governance.chargeback.journal import document, postings
from cloudledger.governance.chargeback.store import Difference, Version
from cloudledger.reporting import page_format
from cloudledger.reporting.statement_tables import csv_text, line_rows

FOLDER = "statements"
MANIFEST = "manifest.json"
NAMES = {Bearer.UNKNOWN: "unknown", Bearer.UNTAGGED: "Untagged"}


@dataclass(frozen=True, slots=True)
class Share:
    """What one bearer is charged; ``center`` is None for what no known center bears."""

    title: str
    center: Center | None
    lines: Sequence[Line]
    changes: Sequence[Difference]

    @property
    def direct(self) -> Sequence[Line]:
        """Its own charges."""
        return [line for line in self.lines if not line.kind.pool]

    @property
    def shared(self) -> Sequence[Line]:
        """Its parts of the pools."""
        return [line for line in self.lines if line.kind.pool]


def folder_of(home: Path, version: Version) -> Path:
    """Where a version's files lie."""
    return home / FOLDER / version.month / version.billing_currency / f"v{version.version}"


def write_statements(
    home: Path,
    version: Version,
    lines: Sequence[Line],
    changes: Sequence[Difference],
    rules: Chargeback,
) -> Path:
    """Write a version's files, unless it is closed and they are there; their folder."""
    folder = folder_of(home, version)
    if _is_closed(folder):
        return folder
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, text in files(version, lines, changes, rules).items():
        (part / name).write_text(text, encoding="utf-8", newline="")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return folder


def files(
    version: Version, lines: Sequence[Line], changes: Sequence[Difference], rules: Chargeback
) -> dict[str, str]:
    """The files by name. Only a closed version has a journal."""
    made: dict[str, str] = {}
    shares = shares_of(lines, changes, rules)
    for name, share in shares.items():
        made[f"{name}.csv"] = csv_text(line_rows(version, share.lines, rules))
        made[f"{name}.html"] = _page("statement.html", version, share=share)
    made["summary.csv"] = csv_text(line_rows(version, lines, rules))
    made["summary.html"] = _page("summary.html", version, shares=shares, changes=changes)
    if changes:
        made["changes.csv"] = csv_text([_change_row(version, one) for one in changes])
    if rules.journal and version.state == "closed":
        made["journal.csv"] = csv_text(_journal_rows(version, lines, rules))
    made[MANIFEST] = json.dumps(_manifest(version, sorted(made)), indent=2) + "\n"
    return made


def shares_of(
    lines: Sequence[Line], changes: Sequence[Difference], rules: Chargeback
) -> dict[str, Share]:
    """By the name of its files, what each bearer is charged: the centers of the settings in their
    order, those that a closed version had besides, then the rest together."""
    known = {center.code: center for center in rules.centers}
    every: list[Line | Difference] = [*lines, *changes]
    borne = {one.cost_center for one in every if one.bearer is Bearer.CENTER}
    codes = [*known, *sorted(borne - known.keys())]
    found = {}
    for code in codes:
        mine = [one for one in lines if (one.bearer, one.cost_center) == (Bearer.CENTER, code)]
        moved = [one for one in changes if (one.bearer, one.cost_center) == (Bearer.CENTER, code)]
        center = known.get(code) or Center(code=code, name=code, owner="not in the settings")
        found[f"center-{code}"] = Share(f"{code} {center.name}", center, mine, moved)
    rest = [one for one in lines if one.bearer is not Bearer.CENTER]
    moved = [one for one in changes if one.bearer is not Bearer.CENTER]
    if rest or moved:
        found["unassigned"] = Share("Unassigned", None, rest, moved)
    return found


def _is_closed(folder: Path) -> bool:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return False
    told: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return bool(told["state"] == "closed")


def _manifest(version: Version, names: Sequence[str]) -> dict[str, Any]:
    return {
        "month": version.month,
        "currency": version.billing_currency,
        "version": version.version,
        "state": version.state,
        "reason": version.reason,
        "cost_column": version.cost_column,
        "total": exact.digits(version.total_cost),
        "ledger_version": version.ledger_version,
        "as_of": version.as_of.isoformat(),
        "files": [*names],
    }


def _change_row(version: Version, one: Difference) -> dict[str, str | Decimal]:
    return {
        "month": version.month,
        "currency": version.billing_currency,
        "version": str(version.version),
        "earlier_version": str(one.earlier_version),
        "bearer": one.bearer.value,
        "cost_center": one.cost_center,
        "provider": one.provider_name,
        "service": one.service_name,
        "amount_before": one.amount_before,
        "amount_after": one.amount_after,
        "difference": one.amount,
    }


def _journal_rows(
    version: Version, lines: Sequence[Line], rules: Chargeback
) -> list[dict[str, str | Decimal]]:
    posted = end_of(version.charge_month) - timedelta(days=1)
    before = document(version, version.version - 1) if version.version > 1 else ""
    return [
        {
            "document": document(version),
            "reverses": before,
            "posting_date": posted.isoformat(),
            "line": str(number),
            "account": one.account,
            "cost_center": one.cost_center,
            "currency": version.billing_currency,
            "debit": f"{one.debit:f}",
            "credit": f"{one.credit:f}",
            "text": one.text,
        }
        for number, one in enumerate(postings(version, lines, rules), 1)
    ]


def _page(template: str, version: Version, **values: Any) -> str:
    return _template(template).render(version=version, **values)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(page_format, name) for name in ("exactly", "instant")}
    environment.filters |= {"money": page_format.money, "total": _total, "named": _named}
    return environment.get_template(name)


def _total(rows: Sequence[Line | Difference]) -> Decimal:
    return exact.total(one.amount for one in rows)


def _named(one: Line | Difference) -> str:
    """Who bears a line, in words."""
    if one.bearer is Bearer.CENTER:
        return one.cost_center
    return f"{NAMES[one.bearer]} {one.cost_center}".strip()
