"""The page of chargeback: versions of months, who bears what of one, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cloudledger.governance.chargeback.allocation import Bearer, totals
from cloudledger.governance.chargeback.store import (
    Difference,
    Version,
    differences_of,
    lines_of,
    versions,
)
from cloudledger.warehouse.port import Session

SHOWN_VERSIONS = 36


@dataclass(frozen=True, slots=True)
class Borne:
    """What one bearer is charged; ``shares`` by the names of the version's pools."""

    bearer: Bearer
    cost_center: str
    direct: Decimal
    shares: Sequence[Decimal]
    charged: Decimal


@dataclass(frozen=True, slots=True)
class ChargebackPage:
    """The newest versions, and one of them by cost center; ``chosen`` is None without any."""

    versions: Sequence[Version]
    chosen: Version | None
    pools: Sequence[str]
    borne: Sequence[Borne]
    changes: Sequence[Difference]


def chargeback(
    session: Session, *, month: str = "", currency: str = "", version: int = 0
) -> ChargebackPage:
    """The newest versions, and the first of them that is meant.

    :param month: such as ``2026-10``; with an empty currency and a version of 0 any is meant.
    """
    newest = versions(session, date.min, date.max)[::-1]
    chosen = next(
        (
            one
            for one in newest
            if month in ("", one.month)
            and currency in ("", one.billing_currency)
            and version in (0, one.version)
        ),
        None,
    )
    lines = lines_of(session, chosen) if chosen else []
    pools = sorted({line.kind.pool for line in lines if line.kind.pool})
    by_pool = {
        pool: totals(line for line in lines if line.kind.pool == pool) for pool in ("", *pools)
    }
    nothing = Decimal(0)
    return ChargebackPage(
        versions=newest[:SHOWN_VERSIONS],
        chosen=chosen,
        pools=pools,
        borne=[
            Borne(
                *key,
                direct=by_pool[""].get(key, nothing),
                shares=[by_pool[pool].get(key, nothing) for pool in pools],
                charged=charged,
            )
            for key, charged in totals(lines).items()
        ],
        changes=differences_of(session, chosen) if chosen else [],
    )
