"""What Oracle takes otherwise than DuckDB, or silently otherwise than it looks.

Sources: Oracle AI Database 26ai SQL Language Reference ("Oracle SQL Reserved Words", "Database
Object Naming Rules", "Nulls", "Literals", row_limiting_clause, "Comments: hints") and Error
Messages (ORA-01745 reserved binds, ORA-01795 items of a list, ORA-00972 names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudledger.warehouse.binds import ORACLE_RESERVED
from oracle_checker.words import Word, plain, words

NOT_IN_ORACLE = {
    r"::": "a cast is CAST(x AS y)",
    r"\bLIMIT\b": "FETCH FIRST n ROWS ONLY",
    r"\bQUALIFY\b": "a subquery",
    r"\bGROUP BY ALL\b|\bORDER BY ALL\b": "the columns by name",
    r"\bFILTER ?\(": "SUM(CASE WHEN ... END)",
    r"\bILIKE\b": "LOWER",
    r"\bIS (NOT )?DISTINCT FROM\b": "DECODE, or IS NULL written out",
    r"\b(TRUE|FALSE)\b": "1 and 0: no column is BOOLEAN, which 23ai brought",
    r"\b(list|struct|map)_\w+ ?\(|\bUNNEST\b": "rows",
    r"\b(date_trunc|date_part|strftime|epoch|now|current_date)\b": "binds made in Python",
    r"\bEXCEPT\b": "NOT EXISTS",
    r"\b(VARCHAR|BIGINT|DOUBLE|TEXT|HUGEINT)\b": "DECIMAL(p, s), or no cast",
    r"\bUSING ?\((?! ?(SELECT|VALUES)\b)": "ON: Oracle refuses a qualified column after USING",
    r"\b(DATE|TIMESTAMP|INTERVAL) ?:\w": "such a literal holds no bind: the bind alone",
    r"(?<![:\w]):\w+ ?[+-] ?INTERVAL\b": "an instant that is moved in Python",
    r"(<=>|<->|<#>)": "VECTOR_DISTANCE(a, b, METRIC)",
    r"\bINDEXTYPE IS VECTOR_ANN\b": "CREATE VECTOR INDEX ... ORGANIZATION",
    r"\bINSERT OR (REPLACE|IGNORE)\b|\bON CONFLICT\b|\bREPLACE INTO\b": "MERGE",
    r"\bSELECT DISTINCT ON\b": "ROW_NUMBER",
    r"\$ \w": ":name",
    r", ?(FROM|WHERE|ORDER|GROUP|\))": "a comma before nothing",
}
EMPTY = re.compile(r"(?:=|<>|!=|<|>|\bIN ?\(|\bLIKE) ?''(?!')|''(?!') ?(?:=|<>|!=)")
LONGEST_NAME = 128
LONGEST_LIST = 1000
NO_ALIAS = frozenset({"SELECT", "WITH", "INSERT"})


def broken(statement: str) -> Iterator[str]:
    """What no statement may hold, of whatever kind."""
    line = plain(statement)
    every = words(statement)
    for pattern, instead in NOT_IN_ORACLE.items():
        if match := re.search(pattern, line, re.IGNORECASE):
            yield f"{match[0].strip()}: {instead}"
    if ";" in line:
        yield "; ends no statement that a driver sends"
    if line.count("(") != line.count(")"):
        yield "its brackets are not in pairs"
    yield from _binds(every)
    yield from _aliases(every)
    yield from _empty_texts(every)
    yield from _lists(every)
    for word in every:
        if word.kind == "quoted":
            yield f"{word.text}: a quoted name has the case it is written in"
        if word.kind == "word" and len(word.text.encode()) > LONGEST_NAME:
            yield f"ORA-00972: {word.text[:20]}... is longer than {LONGEST_NAME} bytes"


def _binds(every: tuple[Word, ...]) -> Iterator[str]:
    for word in every:
        if word.kind == "bind" and word.text[1:].lower() in ORACLE_RESERVED:
            yield f"ORA-01745: {word.text} is a reserved word"
        if word.kind == "bind" and len(word.text.encode()) > LONGEST_NAME + 1:
            yield f"ORA-00972: {word.text[:20]}... is longer than {LONGEST_NAME} bytes"


def _aliases(every: tuple[Word, ...]) -> Iterator[str]:
    """AS before a table's alias (ORA-00933), and reserved words as an alias (ORA-00923)."""
    for place in range(len(every) - 1):
        if every[place].upper != "AS" or every[place + 1].kind != "word":
            continue
        named = every[place + 1]
        if named.text.lower() in ORACLE_RESERVED and named.upper not in TYPES | NO_ALIAS:
            yield f"{named.text}: a reserved word names nothing"
        if _names_a_table(every, place):
            yield f"AS {named.text}: a table's alias has no AS"


TYPES = frozenset(
    {"DATE", "DECIMAL", "NUMBER", "VARCHAR2", "CHAR", "INTEGER", "FLOAT", "RAW", "SMALLINT", "LONG"}
)


def _names_a_table(every: tuple[Word, ...], place: int) -> bool:
    before = every[place - 1]
    if before.kind == "word" and place > 1:
        at = place - 2
        while every[at].text == "." and at > 1:
            at -= 2
        if every[at].upper in {"FROM", "JOIN"}:
            return "EXTRACT" not in {word.upper for word in every[max(at - 3, 0) : at]}
        return every[at].upper in {"UPDATE", "INTO"} and before.upper not in {"SET"}
    if before.text != ")":
        return False
    opens = _opening(every, place - 1)
    is_query = every[opens + 1].upper in {"SELECT", "WITH"}
    return is_query and every[opens - 1].upper in {"FROM", "JOIN", "USING"}


def _opening(every: tuple[Word, ...], closes: int) -> int:
    depth = 0
    for place in range(closes, -1, -1):
        depth += {")": 1, "(": -1}.get(every[place].text, 0)
        if depth == 0:
            return place
    return 0


def _empty_texts(every: tuple[Word, ...]) -> Iterator[str]:
    line = " ".join("''''" if w.kind == "text" and w.text != "''" else w.text for w in every)
    if match := EMPTY.search(line):
        yield f"{match[0]}: an empty text is NULL, nothing equals it"


def _lists(every: tuple[Word, ...]) -> Iterator[str]:
    for place in range(len(every) - 1):
        if every[place].upper == "IN" and every[place + 1].text == "(":
            items, depth = 1, 0
            for word in every[place + 1 :]:
                depth += {"(": 1, ")": -1}.get(word.text, 0)
                items += word.text == "," and depth == 1
                if depth == 0:
                    break
            if items > LONGEST_LIST:
                yield f"ORA-01795: {items} items in a list, {LONGEST_LIST} are allowed"
