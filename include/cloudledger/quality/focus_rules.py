"""The column rules of FOCUS 1.2, as data: sql/quality/focus_rules.csv, one row a rule.

Source: FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2/. A rule goes by the number
that FOCUS's own rule model gives it; what it asks is what the specification's text says. Which
rules of the model are not here, and where its conditions and its text differ:
docs/focus_validation.md.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cloudledger.sql import SQL_ROOT

TABLE = SQL_ROOT / "quality" / "focus_rules.csv"


class Asks(StrEnum):
    """What a rule asks of its column on the lines that its condition holds for.

    A column without a value breaks ``filled`` alone; every other kind looks at values.
    """

    PRESENT = "present"
    TYPE = "type"
    FILLED = "filled"
    EMPTY = "empty"
    IS = "is"
    IS_NOT = "is not"
    ONE_OF = "one of"
    NOT_NEGATIVE = "not negative"
    PRODUCT = "product"
    """Is the product of the argument's two columns."""
    ONE = "one"
    """Each of its values has one value of the argument's column over a provider's day."""
    STRING = "string"
    NUMERIC = "numeric"
    DATE_AND_TIME = "date and time"
    UNIT = "unit"
    CURRENCY = "currency"
    NATIONAL_CURRENCY = "national currency"
    KEY_VALUE = "key-value"
    SERVICE_SUBCATEGORY = "service subcategory"
    SUBCATEGORY_OF = "subcategory of"


class Level(StrEnum):
    """The specification's word."""

    MUST = "must"
    SHOULD = "should"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number, such as ``ListCost-C-003-M``, the column it asks something of, and the
    condition on a line, as SQL over the FOCUS columns (always, when empty)."""

    rule: str
    level: Level
    column: str
    asks: Asks
    argument: str = ""
    condition: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The argument's parts: words, or columns."""
        return tuple(self.argument.split("|")) if self.argument else ()

    @property
    def sentence(self) -> str:
        """The rule in words, for people."""
        when = f" where {self.condition}" if self.condition else ""
        return f"{self.column} {self.level} be {self._asked()}{when}"

    def _asked(self) -> str:
        match self.asks:
            case Asks.PRESENT:
                return "a column"
            case Asks.TYPE:
                return f"of type {self.argument}"
            case Asks.IS:
                return self.argument
            case Asks.IS_NOT:
                return f"anything but {self.argument}"
            case Asks.ONE_OF:
                return f"one of {', '.join(self.words)}"
            case Asks.PRODUCT:
                return " x ".join(self.words)
            case Asks.ONE:
                return f"of one {self.argument} only"
            case Asks.STRING:
                return "text that is not blank"
            case Asks.SERVICE_SUBCATEGORY:
                return "a service subcategory of FOCUS"
            case Asks.SUBCATEGORY_OF:
                return f"a subcategory of its {self.argument}"
            case Asks.FILLED | Asks.EMPTY | Asks.NOT_NEGATIVE:
                return self.asks.value
            case _:
                return f"in {self.asks} format"


@cache
def focus_rules() -> tuple[Rule, ...]:
    """Every rule, in the table's order.

    :raises ValueError: a row has a level or a kind that does not exist.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Rule(
                rule=row["rule"],
                level=Level(row["level"]),
                column=row["column"],
                asks=Asks(row["kind"]),
                argument=row["argument"],
                condition=row["condition"],
            )
            for row in csv.DictReader(file)
        )
