"""Binds: which a statement has, whether the given ones fit, and what each is sent as."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from cloudledger.exact import DECIMALS, WHOLE_DIGITS
from cloudledger.warehouse.port import WrongBinds

_TOKEN = re.compile(
    r"""
      '(?:[^']|'')*'             # a text
    | "[^"]*"                    # a quoted name
    | --[^\n]*                   # a comment to the end of the line
    | /\*.*?\*/                  # a comment
    | ::                         # DuckDB's cast
    | :(?P<name>[A-Za-z]\w*)     # a bind
    """,
    re.VERBOSE | re.DOTALL,
)

_RESERVED = """
access add all alter and any as asc audit between by char check cluster column column_value
comment compress connect create current date decimal default delete desc distinct drop else
exclusive exists file float for from grant group having identified immediate in increment
index initial insert integer intersect into is level like lock long maxextents minus
mlslabel mode modify nested_table_id noaudit nocompress not nowait null number of offline on
online option or order pctfree prior public raw rename resource revoke row rowid rownum rows
select session set share size smallint start successful synonym sysdate table then to
trigger uid union unique update user validate values varchar varchar2 view whenever where
with
"""
ORACLE_RESERVED = frozenset(_RESERVED.split())
"""Words that can name neither a bind (ORA-01745) nor a column in Oracle.

Source: Oracle AI Database SQL Language Reference, "Oracle SQL Reserved Words".
"""


def names(statement: str) -> frozenset[str]:
    """The binds a statement has; texts, quoted names, comments and ``::`` casts hold none."""
    return frozenset(match["name"] for match in _TOKEN.finditer(statement) if match["name"])


def as_dollars(statement: str) -> str:
    """The statement with ``$name`` for ``:name``, as DuckDB writes binds."""
    return _TOKEN.sub(lambda m: f"${m['name']}" if m["name"] else m[0], statement)


def fitted(statement: str, binds: Mapping[str, object]) -> dict[str, object]:
    """The binds as both engines take them.

    :raises WrongBinds: one is missing, left over, badly named or has no exact form.
    """
    wanted = names(statement)
    problems = [f"no value for :{name}" for name in sorted(wanted - binds.keys())]
    problems += [f"no bind :{name} for the value given" for name in sorted(binds.keys() - wanted)]
    problems += [
        f":{name} is a reserved word in Oracle, call it something else"
        for name in sorted(wanted)
        if name.lower() in ORACLE_RESERVED
    ]
    if problems:
        raise WrongBinds(f"{'; '.join(problems)}, in: {_shown(statement)}")
    sent = {}
    for name, value in binds.items():
        try:
            sent[name] = sent_as(value)
        except WrongBinds as error:
            raise WrongBinds(f":{name}: {error}, in: {_shown(statement)}") from error
    return sent


def sent_as(value: object) -> object:
    """One value as both engines take it: see :mod:`cloudledger.warehouse.port`."""
    match value:
        case None:
            return None
        case str():
            return str(value) or None
        case bool():
            return int(value)
        case int():
            return value
        case Decimal():
            return _exact(value)
        case datetime():
            if value.tzinfo is None:
                raise WrongBinds(f"the instant {value.isoformat()} has no time zone, give one")
            return value.astimezone(UTC).replace(tzinfo=None)
        case date():
            return value
        case array(typecode="f"):
            return _finite(value)
        case _:
            raise WrongBinds(
                f"a {type(value).__name__} cannot be bound: give a str, int, Decimal, date, "
                "UTC-aware datetime, bool, array.array('f') or None"
            )


def _finite(vector: array[float]) -> array[float]:
    if not vector or not all(map(math.isfinite, vector)):
        raise WrongBinds("a vector holds at least one number, and finite ones only")
    return vector


def _exact(value: Decimal) -> Decimal:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise WrongBinds(f"{value} is not a number")
    fraction = -exponent
    while fraction > DECIMALS and digits and digits[-1] == 0:
        digits, fraction = digits[:-1], fraction - 1
    if not any(digits):
        return Decimal(0)
    if fraction > DECIMALS:
        raise WrongBinds(f"{value} has more than {DECIMALS} decimals, round it knowingly")
    if len(digits) - fraction > WHOLE_DIGITS:
        raise WrongBinds(f"{value} has more than {WHOLE_DIGITS} digits before the point")
    return Decimal((sign, digits, -fraction))


def _shown(statement: str, at_most: int = 120) -> str:
    text = " ".join(statement.split())
    return text if len(text) <= at_most else f"{text[:at_most]}..."
