"""Charge a month back: read its bill, split it, and keep it as a version of the month."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from cloudledger import exact
from cloudledger.governance import guards
from cloudledger.governance.chargeback.allocation import Bearer, Line, charge_back, totals
from cloudledger.governance.chargeback.bill import Bill, bills, end_of, waiting_days
from cloudledger.governance.chargeback.config import Chargeback, ChargebackRefused
from cloudledger.governance.chargeback.drivers import DriverTable
from cloudledger.governance.chargeback.store import (
    RULE_BYTES,
    Difference,
    Version,
    differences,
    differences_of,
    keep,
    lines_of,
    versions,
)
from cloudledger.ledger.projection import synced_version
from cloudledger.warehouse.port import Session


@dataclass(frozen=True, slots=True)
class Charged:
    """What a run made of a month in one currency.

    ``done`` is ``unchanged`` where the latest version was left as it is.
    """

    version: Version
    lines: Sequence[Line]
    changes: Sequence[Difference]
    done: Literal["first", "replaced", "new version", "unchanged"]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Which run charges, the instant it stands for, and whether it closes.

    ``close``: yes, no, or as ``close_after_days`` of the settings says.
    """

    run_id: str
    as_of: datetime
    close: bool | None = None


def charge_month(
    session: Session,
    month: date,
    rules: Chargeback,
    drivers: DriverTable,
    run: Run,
    *,
    late_only: bool = False,
) -> list[Charged]:
    """Charge a month back in every currency, in the session's transaction.

    An open version is replaced; a closed one stays, and what differs from it becomes the next
    version, with the differences by center and service.

    :param month: its first day.
    :param late_only: nobody asked for the month: leave a closed version alone unless its bill has
        changed, an open one unless its bill or its rules have.
    :raises ChargebackRefused: there are no centers, or no bill and there never was one; to close
        is asked for, and the month has not ended or days of it wait to be published; the driver
        table lacks the month; ``daily_cost`` is not kept by a tag of the settings.
    :raises NotBalanced:
    :raises GuardBroken: a rule between the tables does not hold.
    """
    if not rules.centers:
        raise ChargebackRefused(
            "there are no cost centers: name them under chargeback, centers, in the governance file"
        )
    found = bills(session, month, rules)
    known: dict[str, list[Version]] = {}
    for version in versions(session, month, end_of(month)):
        known.setdefault(version.billing_currency, []).append(version)
    if not found and not known:
        raise ChargebackRefused(
            f"there is no cost in {month:%Y-%m}: take its reports in and publish, or ask for a "
            "month that has cost (cloudledger cost --by day)"
        )
    close, warnings = _closing(session, month, rules, run)
    ledger_version = synced_version(session)
    charged = []
    for currency in sorted(found.keys() | known.keys()):
        bill = found.get(currency, Bill(currency, (), Decimal(0)))
        one = _charge(
            session,
            bill,
            known.get(currency, []),
            rules=rules,
            drivers=drivers,
            late_only=late_only,
            wanted=_wanted(month, bill, rules, drivers, run, close, ledger_version),
        )
        told = () if late_only and one.done == "unchanged" else (*warnings, *_unborne(one))
        charged.append(replace(one, warnings=told))
    guards.require(session, guards.CHARGEBACKS)
    return charged


def months_known(session: Session, month: date, count: int) -> list[date]:
    """Those of the ``count`` months before ``month`` that have been charged back."""
    first = month
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
    return sorted({version.charge_month for version in versions(session, first, month)})


def _charge(
    session: Session,
    bill: Bill,
    known: Sequence[Version],
    *,
    rules: Chargeback,
    drivers: DriverTable,
    late_only: bool,
    wanted: Version,
) -> Charged:
    closed = next((one for one in reversed(known) if one.state == "closed"), None)
    is_open = bool(known) and known[-1].state == "open"
    if late_only and known and _stands(known[-1], wanted):
        return _unchanged(session, known[-1])
    lines = [
        replace(line, rule=line.rule.encode()[:RULE_BYTES].decode(errors="ignore"))
        for line in charge_back(bill.lines, rules, wanted.charge_month, drivers)
    ]
    before = lines_of(session, closed) if closed else []
    if closed and not is_open and before == lines:
        return _unchanged(session, closed)
    changes = differences(closed.version, before, lines) if closed else []
    version = replace(
        wanted,
        version=closed.version + 1 if closed else 1,
        reason=_reason(closed, wanted),
    )
    keep(session, version, lines, changes)
    return Charged(
        version,
        lines,
        changes,
        "replaced" if is_open else "new version" if closed else "first",
    )


def _stands(latest: Version, wanted: Version) -> bool:
    """Whether a month that nobody asked for is left as it is: its bill is the same, and it is
    closed, or stays open by the same rules."""
    if latest.bill_id != wanted.bill_id:
        return False
    return latest.state == "closed" or (
        wanted.state == "open" and latest.rules_id == wanted.rules_id
    )


def _unchanged(session: Session, version: Version) -> Charged:
    changes = differences_of(session, version)
    return Charged(version, lines_of(session, version), changes, "unchanged")


def _wanted(
    month: date,
    bill: Bill,
    rules: Chargeback,
    drivers: DriverTable,
    run: Run,
    close: bool,
    ledger_version: int,
) -> Version:
    """The version that the run would keep; its number and reason depend on what is kept."""
    return Version(
        charge_month=month,
        billing_currency=bill.currency,
        version=0,
        state="closed" if close else "open",
        reason="",
        cost_column=rules.cost,
        total_cost=bill.total,
        bill_id=bill.id,
        rules_id=_rules_id(rules, month, drivers),
        ledger_version=ledger_version,
        as_of=run.as_of,
        closed_at=run.as_of if close else None,
        run_id=run.run_id,
    )


def _rules_id(rules: Chargeback, month: date, drivers: DriverTable) -> str:
    """The same for the same way to charge the month: 64 hex digits."""
    used = {
        driver: {code: exact.digits(units) for code, units in held.items()}
        for (of, driver), held in drivers.items()
        if of == f"{month:%Y-%m}"
    }
    told: Mapping[str, object] = {
        "tag_key": rules.tag_key,
        "cost": rules.cost,
        "centers": rules.codes,
        "pools": [pool.model_dump(mode="json") for pool in rules.pools if pool.holds_in(month)],
        "drivers": used,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _reason(closed: Version | None, wanted: Version) -> str:
    if closed is None:
        return "first"
    moved = (
        ("late data", closed.bill_id != wanted.bill_id),
        ("other rules", closed.rules_id != wanted.rules_id),
    )
    return " and ".join(what for what, is_so in moved if is_so) or "as before"


def _closing(
    session: Session, month: date, rules: Chargeback, run: Run
) -> tuple[bool, tuple[str, ...]]:
    """Whether to close, and what to warn of."""
    waiting, today, end = waiting_days(session, month), run.as_of.date(), end_of(month)
    why = ""
    if today < end:
        why = f"{month:%Y-%m} has not ended by {today}: wait until it has"
    elif waiting:
        why = f"{len(waiting)} days of {month:%Y-%m} wait to be published: run cost_ingest"
    if run.close and why:
        raise ChargebackRefused(f"not closed: {why}, then close it")
    due = rules.close_after_days is not None and today >= end + timedelta(rules.close_after_days)
    by_policy = run.close is None and due and not why
    return bool(run.close) or by_policy, ((why,) if why else ())


def _unborne(charged: Charged) -> list[str]:
    currency, month = charged.version.billing_currency, charged.version.month
    return [
        f"{month}: {currency} {exact.digits(amount)} "
        + ("have no tag" if bearer is Bearer.UNTAGGED else f"are tagged with unknown {code}")
        for (bearer, code), amount in totals(charged.lines).items()
        if bearer is not Bearer.CENTER
    ]
