"""When a value breaks a rule of FOCUS 1.2, as SQL over the columns of a line."""

from __future__ import annotations

from cloudledger.focus.columns import LINE_COLUMNS, Kind
from cloudledger.quality.focus_rules import Asks, Rule
from cloudledger.quality.focus_words import CURRENCIES, subcategory_pairs
from cloudledger.sql import identifier, literal

KIND_NAMES = {Kind.TEXT: "text", Kind.DECIMAL: "decimal", Kind.INSTANT: "instant"}
"""What a rule of kind ``type`` calls each kind of column."""

COLUMN_KIND = {column.name: column.kind for column in LINE_COLUMNS}

NUMBER = "-?[0-9]*\\.?[0-9]+([eE]-?[0-9]+)?"
WORDS = "[A-Za-z][A-Za-z0-9]*( [A-Za-z][A-Za-z0-9]*)*"
TIMES = "(Years|Months|Days|Hours|Minutes|Seconds)"
TIME = "(Year|Month|Day|Hour|Minute|Second)"
UNIT = f"({WORDS}|{WORDS}-{TIMES}|{WORDS}/{TIME}|[0-9]+ {WORDS}|{WORDS}/[0-9]+ {TIMES})"
"""FOCUS 1.2, Unit Format: hours, GB-Hours, GB/Month, 1000 Requests, Units/3 Months."""


def breaks(rule: Rule) -> str:
    """The condition on a line that breaks a rule about values; NULL counts as not broken."""
    broken = _broken(rule)
    return f"({rule.condition}) AND {broken}" if rule.condition else broken


def _broken(rule: Rule) -> str:
    column = identifier(rule.column)
    match rule.asks:
        case Asks.FILLED:
            return f"{column} IS NULL"
        case Asks.EMPTY:
            return f"{column} IS NOT NULL"
        case Asks.IS:
            return f"{column} <> {_constant(rule)}"
        case Asks.IS_NOT:
            return f"{column} = {_constant(rule)}"
        case Asks.ONE_OF:
            return _outside(column, rule.words)
        case Asks.NOT_NEGATIVE:
            return f"{column} < 0"
        case Asks.PRODUCT:
            return _no_product(column, rule.words)
        case Asks.STRING:
            return f"trim({column}) = ''"
        case Asks.NUMERIC:
            return f"NOT regexp_full_match(x_exact[{literal(rule.column)}], {literal(NUMBER)})"
        case Asks.DATE_AND_TIME:
            return f"date_trunc('second', {column}) <> {column}"
        case Asks.UNIT:
            return f"NOT regexp_full_match({column}, {literal(UNIT)})"
        case Asks.CURRENCY:
            return f"NOT regexp_full_match({column}, '[A-Z]{{3}}')"
        case Asks.NATIONAL_CURRENCY:
            return _outside(column, sorted(CURRENCIES))
        case Asks.KEY_VALUE:
            return _no_key_values(rule.column)
        case Asks.SERVICE_SUBCATEGORY:
            return _outside(column, [word for _, word in subcategory_pairs()])
        case Asks.SUBCATEGORY_OF:
            pairs = ", ".join(f"({literal(a)}, {literal(b)})" for a, b in subcategory_pairs())
            return (
                f"{column} IS NOT NULL AND ({identifier(rule.argument)}, {column}) NOT IN ({pairs})"
            )
        case Asks.PRESENT | Asks.TYPE | Asks.ONE:
            raise ValueError(f"{rule.rule} is not about one line's values")


def _constant(rule: Rule) -> str:
    return rule.argument if COLUMN_KIND[rule.column] is Kind.DECIMAL else literal(rule.argument)


def _outside(column: str, words: tuple[str, ...] | list[str]) -> str:
    return f"{column} NOT IN ({', '.join(map(literal, words))})"


def _no_product(column: str, factors: tuple[str, ...]) -> str:
    # A product of two DECIMAL(38,24) has no DECIMAL to hold it, and providers round their costs:
    # the comparison allows for a billionth, as FOCUS's own validator does.
    left, right, found = (f"cast({name} AS DOUBLE)" for name in (*map(identifier, factors), column))
    return f"abs({left} * {right} - {found}) > 1e-9 * greatest(abs({found}), 1)"


def _no_key_values(name: str) -> str:
    column = identifier(name)
    if COLUMN_KIND[name] is Kind.MAP:
        return "FALSE"
    nested = (
        f"len(list_filter(json_extract({column}, '$.*'), "
        "LAMBDA value: json_type(value) IN ('OBJECT', 'ARRAY'))) > 0"
    )
    return (
        f"CASE WHEN {column} IS NULL THEN FALSE WHEN NOT json_valid({column}) THEN TRUE "
        f"ELSE json_type({column}) <> 'OBJECT' OR {nested} END"
    )
