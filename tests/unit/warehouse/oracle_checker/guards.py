"""What the parser of the Oracle dialect does not know: domains, annotations of tables, assertions
and duality views, held to the SQL Language Reference of Oracle AI Database 26ai.

``problems`` says what is wrong with a statement, given the tables that it stands on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oracle_ddl import Table

KINDS = {
    "domain": re.compile(
        r"CREATE DOMAIN IF NOT EXISTS (?P<name>\w+) AS (?P<type>NUMBER\(\d+, \d+\)|"
        r"VARCHAR2\(\d+ BYTE\))\s*(?:CONSTRAINT (?P<check_name>\w+) CHECK \((?P<check>.*?)\n\)\s*)?"
        r"ANNOTATIONS \((?P<notes>.*)\)$",
        re.DOTALL,
    ),
    "domains of columns": re.compile(
        r"ALTER TABLE (?P<table>\w+) MODIFY \(\s*(?P<columns>\w+ DOMAIN \w+"
        r"(?:,\s*\w+ DOMAIN \w+)*)\s*\)$"
    ),
    "annotations of a table": re.compile(
        r"ALTER TABLE (?P<table>\w+) ANNOTATIONS \((?P<notes>.*)\)$", re.DOTALL
    ),
    "duality view": re.compile(
        r"CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW (?P<name>\w+) AS\s+"
        r"SELECT JSON \{(?P<members>.*)\}\s+"
        r"FROM (?P<table>\w+) (?P<alias>\w+) WITH(?P<tags>[ \w]+)$",
        re.DOTALL,
    ),
    "assertion": re.compile(
        r"CREATE ASSERTION IF NOT EXISTS (?P<name>\w+) CHECK \((?P<check>.*)\)"
        r" (?P<state>DEFERRABLE INITIALLY DEFERRED(?: ENABLE(?: (?:NO)?VALIDATE)?)?)$",
        re.DOTALL,
    ),
}
HEADS = re.compile(
    r"CREATE (DOMAIN|ASSERTION)|CREATE OR REPLACE JSON|ALTER TABLE \w+ (ANNOTATIONS|MODIFY)"
)
NOTE = re.compile(r"(?:ADD (?:IF NOT EXISTS|OR REPLACE) )?(\w+) '((?:[^']|'')*)'")
NESTED = re.compile(
    r"'(?P<name>\w+)': \[\s*SELECT JSON \{(?P<members>[^}]*)\}\s*FROM (?P<table>\w+) (?P<alias>\w+)"
    r" WITH(?P<tags>[ \w]+?)\s+WHERE (?P<left>\w+\.\w+) = (?P<right>\w+\.\w+)\s*\]"
)
TAGS = frozenset({"INSERT", "UPDATE", "DELETE", "NOINSERT", "NOUPDATE", "NODELETE", "CHECK"})
NOT_IN_ASSERTIONS = {
    r"\bJOIN\b": "ORA-08697: joins are commas and conditions",
    r"\b(GROUP BY|HAVING|DISTINCT|UNION|INTERSECT|MINUS)\b": "no sets",
    r"\b(ORDER BY|WITH|CONNECT BY|FETCH)\b": "a plain subquery",
    r"\b(COUNT|SUM|MIN|MAX|AVG)\s*\(": "no aggregates",
    r"\b(SYSDATE|SYSTIMESTAMP|CURRENT_\w+|USER|SYS_CONTEXT)\b": "a rule does not change by itself",
    r":\w": "no binds",
}
DEEPEST = 3


def kind(statement: str) -> str:
    """Which of them it is; empty for what the dialect's parser knows."""
    found = next((name for name, form in KINDS.items() if form.match(_bare(statement))), "")
    if found or not HEADS.match(statement):
        return found
    return "" if re.match(r"ALTER TABLE \w+ MODIFY \(\s*\w+ ANNOTATIONS", statement) else "unknown"


def domains(statements: list[str]) -> dict[str, str]:
    """The domains that statements define, with their types."""
    found = (KINDS["domain"].match(_bare(statement)) for statement in statements)
    return {match["name"]: match["type"] for match in found if match}


def problems(
    statement: str, tables: Mapping[str, Table], known: Mapping[str, str]
) -> Iterator[str]:
    """What the manual does not allow of it; ``known`` are the domains."""
    text = _bare(statement)
    which = kind(statement)
    match = KINDS[which].match(text) if which in KINDS else None
    if match is None:
        yield f"none of {', '.join(KINDS)}"
    elif which == "domain":
        yield from _domain(match)
    elif which == "domains of columns":
        yield from _columns(match, tables, known)
    elif which == "annotations of a table":
        yield from _notes(match["notes"], again=True)
        if match["table"] not in tables:
            yield f"no table {match['table']}"
    elif which == "duality view":
        yield from _view(match, tables)
    else:
        yield from _assertion(match, tables)


def _bare(statement: str) -> str:
    return re.sub(r"[ \t]*--[^\n]*", "", statement)


def _domain(match: re.Match[str]) -> Iterator[str]:
    if match["check"] and not re.search(rf"\b{match['name']}\b", match["check"]):
        yield "its check says nothing of its value, which bears the domain's name"
    if match["check_name"] == match["name"]:
        yield "its check has its own name"
    yield from _notes(match["notes"], again=False)


def _notes(notes: str, *, again: bool) -> Iterator[str]:
    left = NOTE.sub("", notes).replace(",", "").strip()
    if left:
        yield f"no annotation: {left}"
    if again != ("ADD OR REPLACE" in notes):
        yield "an ALTER replaces, a CREATE only adds"
    for name, value in NOTE.findall(notes):
        if len(name) > 128 or len(value) > 4000:
            yield f"too long: {name}"


def _columns(
    match: re.Match[str], tables: Mapping[str, Table], known: Mapping[str, str]
) -> Iterator[str]:
    for column, domain in re.findall(r"(\w+) DOMAIN (\w+)", match["columns"]):
        if match["table"] not in tables or column not in tables[match["table"]].columns:
            yield f"no column {match['table']}.{column}"
        elif domain not in known:
            yield f"no domain {domain}"
        elif known[domain] != tables[match["table"]].columns[column].type:
            yield f"ORA-11517: {column} is no {known[domain]}"


def _view(match: re.Match[str], tables: Mapping[str, Table]) -> Iterator[str]:
    nested = list(NESTED.finditer(match["members"]))
    own = NESTED.sub("", match["members"])
    yield from _object(match["table"], match["alias"], own, match["tags"], tables)
    key = re.search(r"'_id': (\w+)\.(\w+)", own)
    if match["table"] in tables and (
        key is None or (key[2],) != tables[match["table"]].key or key[1] != match["alias"]
    ):
        yield "_id is not the root's primary key"
    if "SELECT" in own:
        yield "an array that is not [SELECT JSON {...} FROM ... WHERE child = parent]"
    for one in nested:
        yield from _object(one["table"], one["alias"], one["members"], one["tags"], tables)
        if {one["left"].split(".")[0], one["right"].split(".")[0]} != {
            one["alias"],
            match["alias"],
        }:
            yield f"{one['name']}: not tied to its parent"


def _object(
    table: str, alias: str, members: str, tags: str, tables: Mapping[str, Table]
) -> Iterator[str]:
    if table not in tables:
        yield f"no table {table}"
        return
    if not tables[table].key:
        yield f"{table} has no primary key"
    if wrong := set(tags.split()) - TAGS:
        yield f"no tags: {', '.join(sorted(wrong))}"
    fields = re.findall(r"'\w+': (\w+)\.(\w+)", members)
    for of, column in fields:
        if of != alias or column not in tables[table].columns:
            yield f"{table} has no {of}.{column}"
    if len(fields) != len([part for part in members.split(",") if part.strip()]):
        yield f"{table}: a member that is no column"


def _assertion(match: re.Match[str], tables: Mapping[str, Table]) -> Iterator[str]:
    check = re.sub(r"'(?:[^']|'')*'", "''", match["check"])
    if not re.match(r"\s*(NOT )?EXISTS \(", check):
        yield "neither [NOT] EXISTS nor ALL ... SATISFY"
    for pattern, why in NOT_IN_ASSERTIONS.items():
        if found := re.search(pattern, check, re.IGNORECASE):
            yield f"{found[0]}: {why}"
            return
    if _depth(check) > DEEPEST:
        yield f"ORA-08712: deeper than {DEEPEST}"
    of: dict[str, str] = {}
    for listed in re.findall(r"FROM ([\w, ]+?)\s+WHERE", check):
        for table, alias in (part.split() for part in listed.split(",")):
            of[alias] = table
            if table not in tables:
                yield f"no table {table}"
    for alias, column in re.findall(r"\b(\w+)\.(\w+)", check):
        if column not in tables[of[alias]].columns:
            yield f"{of[alias]} has no {column}"
    for left, one, right, other in re.findall(r"\b(\w+)\.(\w+) = (\w+)\.(\w+)", check):
        pair = [tables[of[left]].columns[one], tables[of[right]].columns[other]]
        if not all(column.required for column in pair):
            yield f"ORA-08673: {one} = {other} may be NULL"
        if pair[0].type != pair[1].type:
            yield f"{one} and {other} are of two types"


def _depth(check: str) -> int:
    deepest, open_at = 0, []
    level = 0
    for token in re.finditer(r"\(\s*SELECT|\(|\)", check):
        if token[0] == ")":
            level -= 1
            if open_at and open_at[-1] == level:
                open_at.pop()
        else:
            if "SELECT" in token[0]:
                open_at.append(level)
            level += 1
            deepest = max(deepest, len(open_at))
    return deepest
