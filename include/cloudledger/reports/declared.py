"""How a report format is declared: its raw columns, what each holds, which measures it feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from cloudledger.focus.columns import COST_COLUMNS, MEASURES


class RawKind(StrEnum):
    """What the text of a raw cell stands for."""

    TEXT = "text"
    DECIMAL = "decimal"
    INSTANT = "instant"
    TAGS = "tags"
    """A JSON object of tags."""


@dataclass(frozen=True)
class RawColumn:
    """One column of a delivered file.

    ``required``: the file must have it. ``filled``: every record must have a value in it.
    ``aliases``: other names it is delivered under; the first one present is read, any further one
    goes to ``x_extra``. ``feeds``: the FOCUS columns that a decimal ends up in, on every record;
    none where the format's ``derived`` says on which, ``cost`` then says that a cost is made of it.
    ``as_extra``: a known column whose text is kept in ``x_extra`` under its own name. ``given``:
    the setting of the source that says the value for every record where the file has no such
    column; ``may_lack``: that neither need say it. ``spelt``: the SQL over ``{cell}`` that writes
    the text of a cell as its kind is written, where a provider writes it otherwise.
    """

    name: str
    kind: RawKind = RawKind.TEXT
    required: bool = False
    filled: bool = False
    aliases: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    as_extra: bool = False
    cost: bool = False
    given: str | None = None
    may_lack: bool = False
    spelt: str = "{cell}"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it may have, the usual one first."""
        return (self.name, *self.aliases)

    @property
    def is_cost(self) -> bool:
        """Whether a cost comes from it: no line is kept without its costs."""
        return self.cost or any(name in COST_COLUMNS for name in self.feeds)

    @property
    def exact_names(self) -> tuple[str, ...]:
        """The names under which ``x_exact`` keeps a text of it that is no DECIMAL(38,24)."""
        return self.feeds or (self.name,)


@dataclass(frozen=True)
class Term:
    """One raw column's part in a measure: its amount on the records that ``where``, a condition
    over ``raw_text``, holds for (all when it is empty); taken off when ``negative``."""

    column: str
    where: str = ""
    negative: bool = False


@dataclass(frozen=True)
class ReportFormat:
    """One kind of cost report; ``sql/focus/<name>.sql`` maps its raw columns to FOCUS.

    ``currency`` and ``charge_start`` name raw columns, ``reference`` the one that identifies a
    line inside one object. ``tag_prefixes``: each column so prefixed is one tag, whose key is the
    rest of the name; the first that fits counts. ``families``: prefixes of columns that come and go
    with what is used; they go to ``x_extra`` and are not unknown. ``derived``: the measures that
    are made of several raw columns, or of one on some records only; of none, where a measure is 0
    or empty on every record. A measure that is no sum of raw columns (a price times a quantity) is
    neither fed nor derived, and has no control.
    """

    name: str
    title: str
    columns: tuple[RawColumn, ...]
    currency: str
    charge_start: str
    reference: str | None = None
    tag_prefixes: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    derived: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)

    def of(self, kind: RawKind) -> tuple[RawColumn, ...]:
        """The columns of one kind, in order."""
        return tuple(column for column in self.columns if column.kind is kind)

    @cached_property
    def controls(self) -> Mapping[str, tuple[Term, ...]]:
        """Measure -> the raw columns that it must add up to."""
        fed = {measure: (Term(column.name),) for column in self.columns for measure in column.feeds}
        terms = fed | dict(self.derived)
        return {measure: terms[measure] for measure in MEASURES if measure in terms}


LIST_AND_CONTRACTED: Mapping[str, tuple[Term, ...]] = {
    "ListCost": (
        Term("ListCost"),
        Term("ContractedCost", '"ListCost" IS NULL'),
        Term("BilledCost", '"ListCost" IS NULL AND "ContractedCost" IS NULL'),
    ),
    "ContractedCost": (
        Term("ContractedCost"),
        Term("ListCost", '"ContractedCost" IS NULL'),
        Term("BilledCost", '"ListCost" IS NULL AND "ContractedCost" IS NULL'),
    ),
}
"""The two costs of a FOCUS file that may state only one of them, or neither: FOCUS 1.2 allows no
null in either, so the other stands in, and where there is none what was billed."""
