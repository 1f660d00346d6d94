"""What taking in files came to, as the ledger now holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from cloudledger import exact
from cloudledger.ledger.take_in import Outcome
from cloudledger.reporting import page
from cloudledger.reporting.page import Row
from cloudledger.warehouse.port import Session


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One object; ``standing`` is its row in the ledger, ``set_aside`` the lines it holds of it."""

    outcome: Outcome
    standing: Row | None
    set_aside: tuple[Row, ...]
    totals: tuple[Row, ...]

    @property
    def failed(self) -> bool:
        """Whether it could not be reached or read; its earlier lines stand."""
        return self.outcome.state == "failed"


@dataclass(frozen=True, slots=True)
class Total:
    """One measure of one currency over several objects: ``source == ledger + set_aside``."""

    currency: str
    measure: str
    source: Decimal
    ledger: Decimal
    set_aside: Decimal
    rounding: Decimal


def taken_in(session: Session, outcomes: Sequence[Outcome]) -> list[TakenIn]:
    """Each outcome with what the ledger holds of its object."""
    return [_taken_in(session, outcome) for outcome in outcomes]


def totals(items: Iterable[TakenIn]) -> list[Total]:
    """The objects' totals by currency and measure."""
    sums: dict[tuple[str, str], tuple[Decimal, ...]] = {}
    for row in (row for item in items for row in item.totals):
        key = (row["billing_currency"], row["measure"])
        before = sums.get(key, (Decimal(0),) * 4)
        amounts = (row["source_amount"], row["lake_amount"], row["set_aside_amount"])
        now = (*amounts, Decimal(row["rounding"]))
        sums[key] = tuple(exact.add(*pair) for pair in zip(before, now, strict=True))
    return [Total(*key, *amounts) for key, amounts in sorted(sums.items())]


def set_aside_lines(session: Session, object_id: str = "") -> Iterator[Row]:
    """Every line that was set aside, of one object or of all."""
    for number in count(1):
        sheet = page.set_aside(session, object_id=object_id, number=number)
        yield from sheet.rows
        if number >= sheet.pages:
            return


def _taken_in(session: Session, outcome: Outcome) -> TakenIn:
    found = page.one_object(session, outcome.object_id)
    lines = found.standing["lines_set_aside"] if found.standing else 0
    return TakenIn(
        outcome=outcome,
        standing=found.standing,
        set_aside=tuple(set_aside_lines(session, outcome.object_id)) if lines else (),
        totals=tuple(found.totals),
    )
