"""How far cost and resources carry the tags that they should, as of an instant.

Usage cost is told (EffectiveCost, ChargeCategory Usage, no corrections), as everywhere: credits,
taxes and purchases have no resource to put a tag on. A charge is of one :class:`State` for each
key; the costs of the states are the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from cloudledger import exact
from cloudledger.governance.tags.config import Tags, TagsRefused
from cloudledger.governance.tags.findings import Finding, findings
from cloudledger.governance.tags.lines import attach_tags
from cloudledger.governance.tags.values import State
from cloudledger.lake.table import Lake
from cloudledger.ledger.known_lines import known_lines
from cloudledger.ledger.sums import amount, summed
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    import duckdb

DAYS = 30
HUNDRED = Decimal(100)
PERCENT_DECIMALS = Decimal("0.0001")
_WIDE = Context(prec=60)
"""Room for the largest amount that the warehouse holds, in percent of the smallest."""
DAY_COLUMNS = ("charge_day", "provider_name")
SCOPE_COLUMNS = ("scope_kind", "provider_name", "sub_account_id", "service_name")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What some usage cost says of a key: cost, in one currency, and resources by state.

    ``where`` says which cost: the columns of :data:`DAY_COLUMNS` or :data:`SCOPE_COLUMNS`.
    """

    tag_key: str
    billing_currency: str
    where: Mapping[str, Any]
    cost: Mapping[State, Decimal]
    resources: Mapping[State, int]

    @property
    def percent(self) -> Decimal | None:
        """How much of the cost that can be tagged is; None where there is none."""
        return percent_of(self.cost)


@dataclass(frozen=True, slots=True)
class Usual:
    """The value of a key that most tagged resources of a sub account have: ``agreeing`` of
    ``known``. ``payer_id`` is the tenancy or the payer account."""

    provider_name: str
    payer_id: str
    sub_account_id: str
    tag_key: str
    value: str
    agreeing: int
    known: int


@dataclass(frozen=True, slots=True)
class Tagged:
    """Everything that is told of tags in [``first_day``, ``end_day``): by day, by scope (provider,
    account, service) over all days, by resource that wants a tag, and what is usual where."""

    first_day: date
    end_day: date
    days: Sequence[Coverage] = ()
    scopes: Sequence[Coverage] = ()
    findings: Sequence[Finding] = ()
    usual: Sequence[Usual] = ()
    problems: Sequence[str] = ()


def percent_of(cost: Mapping[State, Decimal]) -> Decimal | None:
    """The tagged share of the cost that can be tagged, in percent, to four decimals.

    None where that cost is zero or below.
    """
    can = exact.total(part for state, part in cost.items() if state is not State.UNTAGGABLE)
    if can <= 0:
        return None
    percent = _WIDE.divide(_WIDE.multiply(cost[State.TAGGED], HUNDRED), can)
    return _WIDE.quantize(percent, PERCENT_DECIMALS)


def tags_at(
    session: Session, lake: Lake, as_of: datetime, rules: Tags, *, precedence: Sequence[str]
) -> Tagged:
    """What the usage cost of the last 30 days that had ended at ``as_of`` says of each key.

    :param precedence: the sources' names, the one that counts first before the others.
    :raises TagsRefused: no keys are asked for; or a resource's cost needs more than 14 digits
        before the point.
    """
    if not rules.keys:
        raise TagsRefused("no tag is required: name keys in section tags of the governance file")
    end_day = as_of.date()
    first_day = end_day - timedelta(days=DAYS)
    with known_lines(
        session, lake, as_of, first_day=first_day, end_day=end_day, precedence=precedence
    ) as con:
        return tags_of(con, rules, first_day, end_day)


def tags_of(con: duckdb.DuckDBPyConnection, rules: Tags, first_day: date, end_day: date) -> Tagged:
    """What the view ``counted_line`` says of each key.

    :raises TagsRefused:
    """
    attach_tags(con, rules, first_day=first_day, end_day=end_day)
    days = _coverages(con, "lake/tag_days", DAY_COLUMNS)
    scopes = _coverages(con, "lake/tag_scopes", SCOPE_COLUMNS)
    problems = list(dict.fromkeys(map(_too_large, filter(_is_too_large, (*days, *scopes)))))
    if not days:
        problems.append(f"there is no usage cost in the days [{first_day}, {end_day})")
    return Tagged(
        first_day,
        end_day,
        [one for one in days if not _is_too_large(one)],
        [one for one in scopes if not _is_too_large(one)],
        findings(con, rules),
        _usual(con),
        problems,
    )


def _coverages(con: duckdb.DuckDBPyConnection, name: str, where: Sequence[str]) -> list[Coverage]:
    return [
        Coverage(
            tag_key=row["tag_key"],
            billing_currency=row["billing_currency"],
            where={column: row[column] for column in where},
            cost={state: amount(row[f"{state}_cost"]) for state in State},
            resources={state: row[f"{state}_resources"] for state in State},
        )
        for row in summed(con, name).to_pylist()
    ]


def _usual(con: duckdb.DuckDBPyConnection) -> list[Usual]:
    return [
        Usual(
            provider_name=row["provider_name"],
            payer_id=row["payer_id"],
            sub_account_id=row["sub_account_id"],
            tag_key=row["tag_key"],
            value=row["meant"],
            agreeing=row["agreeing"],
            known=int(row["known"]),
        )
        for row in con.sql(statement("lake/tag_defaults")).to_arrow_table().to_pylist()
    ]


def _is_too_large(one: Coverage) -> bool:
    return not all(map(exact.fits, one.cost.values()))


def _too_large(one: Coverage) -> str:
    return (
        f"{one.tag_key}: the cost of {one.where['provider_name']} in {one.billing_currency} is "
        "left out, it is more than the warehouse holds"
    )
