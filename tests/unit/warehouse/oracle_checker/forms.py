"""Statements of one form, which are held to it whole: no parser is asked.

Sources: Oracle AI Database 26ai SQL Language Reference (ALTER SESSION, COMMENT,
CREATE SYNONYM, DROP INDEX, DROP TABLE, TRUNCATE TABLE, ALTER INDEX, INSERT, EXPLAIN PLAN); AI
Vector Search User's Guide (DBMS_VECTOR), PL/SQL Packages and Types Reference (DBMS_STATS).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from oracle_checker.words import bare, is_block, plain

Relations = Mapping[str, Sequence[str]]

FORMS = {
    "comment": re.compile(r"COMMENT ON (?:TABLE (?P<table>\w+)|COLUMN (?P<column>\w+\.\w+)) IS ''"),
    "synonym": re.compile(r"CREATE OR REPLACE SYNONYM (?P<new>\w+) FOR (?P<table>\w+)"),
    "truncate": re.compile(r"TRUNCATE TABLE (?P<table>\w+)"),
    "drop table": re.compile(r"DROP TABLE (?:IF EXISTS )?(?P<any>\w+)(?: PURGE)?"),
    "drop other": re.compile(r"DROP (?:INDEX|VIEW|SYNONYM) (?:IF EXISTS )?(?P<any>\w+)"),
    "rebuild": re.compile(r"ALTER INDEX (?P<any>\w+) REBUILD(?: ONLINE)?(?: PARALLEL \d+)?"),
    "session": re.compile(r"ALTER SESSION SET (?P<any>DDL_LOCK_TIMEOUT) = (?P<seconds>\d{1,6})"),
    "insert by place": re.compile(
        r"INSERT INTO (?P<table>\w+)\s?\((?P<columns>[\w, ]+)\) VALUES\s?\((?P<binds>[:\d, ]+)\)"
    ),
    "describe": re.compile(r"SELECT (?P<columns>\*|[\w, ]+) FROM (?P<table>\w+) WHERE 1 = 0"),
}
EXPLAIN = re.compile(r"EXPLAIN PLAN (?:SET STATEMENT_ID = '[^']*' )?FOR\s+", re.IGNORECASE)
INDEXED = "idx_name table_name idx_vector_col idx_include_cols idx_partitioning_scheme" + (
    " idx_organization idx_distance_metric idx_accuracy idx_parameters idx_parallel_creation"
    " idx_quantization_type idx_compression_ratio idx_distribute_parameters"
    " idx_duplicate_parameters idx_online_build"
)
CALLS = {
    "dbms_vector.create_index": INDEXED,
    "dbms_vector.rebuild_index": INDEXED + " idx_rebuild_mode idx_owner",
    "dbms_vector.index_accuracy_query": "owner_name index_name qv top_k target_accuracy"
    " query_param",
    "dbms_vector.index_accuracy_report": "owner_name ind_name start_time end_time",
    "dbms_stats.gather_table_stats": "ownname tabname partname estimate_percent block_sample"
    " method_opt degree granularity cascade no_invalidate options",
}
CALL = re.compile(r"\b(?P<name>dbms_\w+\.\w+)\((?P<arguments>(?:[^()]|\([^()]*\))*)\)", re.I)


def form(statement: str) -> str:
    """Which of FORMS it is; empty of another statement."""
    line = plain(statement)
    return next((name for name, known in FORMS.items() if known.fullmatch(line)), "")


def misfits(statement: str, relations: Relations) -> Iterator[str]:
    """What of a statement of these forms does not fit the schema."""
    line = plain(statement)
    match = FORMS[form(statement)].fullmatch(line)
    assert match
    parts = match.groupdict()
    table, _, column = (parts.get("column") or parts.get("table") or "").lower().partition(".")
    if not parts.get("any") and table not in relations:
        yield f"{table}: no table, view or synonym"
        return
    if column and column not in relations[table]:
        yield f"{table}.{column}: no such column"
    listed = [name.strip().lower() for name in (parts.get("columns") or "*").split(",")]
    for name in listed:
        if name != "*" and name not in relations[table]:
            yield f"{table}.{name}: no such column"
    if parts.get("binds"):
        numbers = [bind.strip() for bind in parts["binds"].split(",")]
        if numbers != [f":{place}" for place in range(1, len(listed) + 1)]:
            yield "its binds are not numbered as its columns"


def calls(statement: str) -> Iterator[str]:
    """What is wrong with calls of Oracle's packages, wherever they stand."""
    line = plain(statement)
    for match in CALL.finditer(line):
        name = match["name"].lower()
        if name not in CALLS:
            yield f"{name}: no call that is known"
            continue
        known = set(CALLS[name].split())
        for argument in re.findall(r"(\w+) =>", match["arguments"]):
            if argument.lower() not in known:
                yield f"{name} has no {argument}"
    if is_block(statement) and not CALL.search(line):
        yield "a block that calls nothing known"


def is_one_call(statement: str) -> bool:
    """Whether a block is a call and nothing else, so that nothing of it is left to judge."""
    line = plain(statement)
    return (
        re.fullmatch(
            r"BEGIN (?::\w+ : = )?dbms_\w+\.\w+\((?:[^()]|\([^()]*\))*\) ; END ;",
            line,
            re.IGNORECASE,
        )
        is not None
    )


def explained(statement: str) -> str:
    """What an EXPLAIN PLAN explains; any other statement as it is."""
    return EXPLAIN.sub("", bare(statement).strip(), count=1) if is_explain(statement) else statement


def is_explain(statement: str) -> bool:
    """Whether it asks for a plan."""
    return EXPLAIN.match(bare(statement)) is not None
