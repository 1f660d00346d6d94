"""The checker sees what Oracle would refuse, in statements of each kind and in the real ones."""

from __future__ import annotations

import re
from collections.abc import Callable

import oracle_ddl
import pytest
from oracle_checker import judge, listed, parsed, sources
from oracle_checker.judge import World
from oracle_checker.words import is_block

HERE = """
CREATE TABLE IF NOT EXISTS passage (
    passage_id VARCHAR2(32 BYTE) NOT NULL,
    words NUMBER(18) NOT NULL,
    embedding VECTOR(384, FLOAT32) NOT NULL,
    CONSTRAINT passage_pk PRIMARY KEY (passage_id)
)
"""
GRAPH = (
    "CREATE VECTOR INDEX passage_ix ON passage (embedding) ORGANIZATION INMEMORY NEIGHBOR GRAPH"
    " DISTANCE COSINE WITH TARGET ACCURACY 95"
    " PARAMETERS (type HNSW, neighbors 40, efconstruction 500) PARALLEL 4"
)
PARTS = (
    "CREATE VECTOR INDEX passage_ix ON passage (embedding) GLOBAL ORGANIZATION NEIGHBOR PARTITIONS"
    " DISTANCE COSINE WITH TARGET ACCURACY 95 PARAMETERS (type IVF, neighbor partitions 10)"
    " PARALLEL 4 ONLINE"
)
NEAREST = (
    "SELECT p.passage_id FROM passage p ORDER BY VECTOR_DISTANCE(p.embedding, :asked, COSINE)"
    " FETCH APPROX FIRST :k ROWS ONLY WITH TARGET ACCURACY 95"
)
HINTED = NEAREST.replace("SELECT", "SELECT /*+ VECTOR_INDEX_TRANSFORM(p) */", 1)
PROBED = NEAREST.replace("ACCURACY 95", "ACCURACY PARAMETERS (EFSEARCH 500)")
EXACTLY = NEAREST.replace("APPROX", "EXACT").replace(" WITH TARGET ACCURACY 95", "")
MERGED = (
    "MERGE INTO passage p USING (SELECT :id AS id, :n AS n FROM dual) g ON (p.passage_id = g.id)"
    " WHEN MATCHED THEN UPDATE SET p.words = g.n"
    " WHEN NOT MATCHED THEN INSERT (passage_id, words) VALUES (g.id, g.n)"
)
REBUILT = "BEGIN DBMS_VECTOR.REBUILD_INDEX(idx_name => :index_name); END;"
RIGHT = (
    HERE.strip(),
    GRAPH,
    PARTS,
    NEAREST,
    HINTED,
    PROBED,
    EXACTLY,
    MERGED,
    REBUILT,
    "SELECT 1",
    "SELECT words FROM passage WHERE words IN (1, 2) AND passage_id <> 'x'",
    "ALTER INDEX passage_ix REBUILD ONLINE",
    "CREATE OR REPLACE SYNONYM found FOR passage",
)
WRONG = (
    (HERE, "384", "0", "ORA-51801"),
    (HERE, "384", "65536", "ORA-51801"),
    (HERE, "384, FLOAT32", "12, BINARY", "ORA-51813"),
    (HERE, "FLOAT32", "FLOAT16", "no format"),
    (HERE, "FLOAT32", "FLOAT32, THIN", "neither DENSE nor SPARSE"),
    (HERE, "384, FLOAT32", "16, BINARY, SPARSE", "not SPARSE"),
    (HERE, "FLOAT32) NOT NULL", "FLOAT32) DEFAULT NULL", "has no DEFAULT"),
    (HERE, "FLOAT32) NOT NULL", "FLOAT32) UNIQUE", "has no UNIQUE"),
    (HERE, "FLOAT32) NOT NULL", "FLOAT32) CHECK (embedding IS NOT NULL)", "has no CHECK"),
    (HERE, "KEY (passage_id)", "KEY (passage_id, embedding)", "stands in no KEY"),
    (HERE, "CREATE TABLE IF NOT EXISTS", "CREATE GLOBAL TEMPORARY TABLE", "heap"),
    (HERE, "KEY (passage_id)\n)", "KEY (passage_id)\n) PARTITION BY HASH (embedding)", "no BY"),
    (HERE, "VECTOR(384, FLOAT32)", "VECTOR(384 FLOAT32)", "VECTOR(d|*"),
    (GRAPH, "neighbors 40", "neighbors 1", "2 to 2048"),
    (GRAPH, "neighbors 40", "neighbors 2049", "2 to 2048"),
    (GRAPH, "efconstruction 500", "efconstruction 65536", "1 to 65535"),
    (GRAPH, "ACCURACY 95", "ACCURACY 0", "1 to 100"),
    (GRAPH, "ACCURACY 95", "ACCURACY 101", "1 to 100"),
    (GRAPH, "COSINE", "JACCARD", "no metric"),
    (GRAPH, " DISTANCE COSINE", "", "say its DISTANCE"),
    (GRAPH, "type HNSW", "type IVF", "ORA-51917"),
    (GRAPH, "neighbors 40", "neighbor partitions 40", "none of"),
    (GRAPH, "neighbors 40", "neighbors 40, neighbors 41", "twice"),
    (GRAPH, "PARALLEL 4", "PARALLEL 4 ONLINE", "neighbor partitions only"),
    (GRAPH, "(embedding)", "(words)", "no vector"),
    (GRAPH, "(embedding)", "(meaning)", "no such column"),
    (GRAPH, "VECTOR INDEX", "VECTOR INDEX IF NOT EXISTS", "CREATE VECTOR INDEX i"),
    (GRAPH, "ORGANIZATION INMEMORY NEIGHBOR GRAPH", "INDEXTYPE IS vector_ann", "ORGANIZATION"),
    (PARTS, "partitions 10", "partitions 0", "1 to 10000000"),
    (PARTS, "partitions 10", "partitions 10000001", "1 to 10000000"),
    (PARTS, "ONLINE", "LOCAL ONLINE", "global index only"),
    (NEAREST, "COSINE", "EUCLIDEAN", "every vector is looked at"),
    (NEAREST, ", COSINE", "", "two vectors and a metric"),
    (NEAREST, "COSINE", "CLOSENESS", "two vectors and a metric"),
    (NEAREST, "ACCURACY 95", "ACCURACY 101", "1 to 100"),
    (NEAREST, "COSINE)", "COSINE) DESC", "no DESC"),
    (NEAREST, "COSINE)", "COSINE), p.words", "alone"),
    (NEAREST, "VECTOR_DISTANCE(p.embedding, :asked, COSINE)", "p.words", "alone"),
    (NEAREST, "VECTOR_DISTANCE(p.embedding, :asked, COSINE)", "p.embedding <=> :asked", "<=>"),
    (NEAREST, "FETCH APPROX FIRST :k ROWS ONLY WITH TARGET ACCURACY 95", "LIMIT 5", "FETCH FIRST"),
    (NEAREST, "APPROX FIRST", "FIRST", "say APPROX or EXACT"),
    (NEAREST, "APPROX FIRST :k", "APPROX :k", "FIRST n ROWS ONLY"),
    (NEAREST, "ACCURACY 95", "ACCURACY 95 PARAMETERS (EFSEARCH 500)", "FIRST n ROWS ONLY"),
    (PROBED, "EFSEARCH 500", "EFSEARCH 0", "1 to 65535"),
    (PROBED, "EFSEARCH 500", "NEIGHBORS 5", "none of"),
    (EXACTLY, "ONLY", "ONLY WITH TARGET ACCURACY 95", "no accuracy"),
    (HINTED, "VECTOR_INDEX_TRANSFORM", "VECTOR_INDEX", "no hint"),
    (HINTED, "(p)", "(q)", "no table or alias"),
    (HINTED, "(p)", "(passage)", "has an alias"),
    (HINTED, "(p)", "(p passage_ix BEFORE)", "no way to filter"),
    (MERGED, "SET p.words = g.n", "SET p.passage_id = g.id", "ORA-38104"),
    (MERGED, "ON (p.passage_id = g.id)", "ON p.passage_id = g.id", "ON (...)"),
    (REBUILT, "REBUILD_INDEX", "REPAIR_INDEX", "no call that is known"),
    (REBUILT, "idx_name", "index_name", "has no index_name"),
    (RIGHT[-1], "passage", "passages", "no table"),
    (RIGHT[-3], "(1, 2)", f"({', '.join(map(str, range(1001)))})", "ORA-01795"),
    (RIGHT[-3], "'x'", "''", "NULL"),
    (RIGHT[-3], "words FROM", "words AS size FROM", "reserved word"),
    (RIGHT[-3], "words FROM", f"words AS {'w' * 129} FROM", "ORA-00972"),
    (RIGHT[-3], "1, 2", ":1, :date", "ORA-01745"),
    (RIGHT[-3], "FROM passage", "FROM passage AS p", "no AS"),
    (RIGHT[-3], "FROM passage", "FROM (SELECT * FROM passage) AS p", "no AS"),
    (RIGHT[-3], "IN (1, 2)", "= TRUE", "1 and 0"),
    (RIGHT[-3], "'x'", "TIMESTAMP :at", "holds no bind"),
    (RIGHT[-3], "SELECT words", "SELECT STRLEN(words)", "no function"),
    (RIGHT[-3], "SELECT words", "SELECT word", "no column"),
    (RIGHT[-3], "FROM passage", "FROM passage p, dual d WHERE d.words = 1 OR p.words", "d.words"),
    (RIGHT[-3], "words FROM", "\"words\" FROM", "quoted"),
    (RIGHT[-3], "words FROM", "words, FROM", "comma"),
    (RIGHT[-3], "words FROM", "SUM(words words words) FROM", "in a row"),
    (RIGHT[-3], "words FROM", "words WHERE FROM", "unparsable"),
    (RIGHT[-3], "SELECT words", "REPLACE words", "no kind"),
)  # fmt: skip


@pytest.fixture(scope="module")
def small() -> World:
    return judge.world([HERE.strip(), GRAPH])


@pytest.mark.parametrize("statement", RIGHT)
def test_what_is_right_passes(statement: str, small: World):
    assert list(judge.problems(statement, small)) == []


@pytest.mark.parametrize(("statement", "right", "wrong", "said"), WRONG)
def test_what_is_wrong_is_told(statement: str, right: str, wrong: str, said: str, small: World):
    assert right in statement
    told = list(judge.problems(statement.strip().replace(right, wrong, 1), small))
    assert any(said in one for one in told), told


MISTAKES: dict[str, Callable[[str], str]] = {
    "LIMIT": lambda one: f"{one}\nLIMIT 5" if re.match("SELECT|WITH", one) else one,
    "AS before an alias": lambda one: re.sub(
        r"\b((?:FROM|JOIN) \w+) (?!ON|AS|WHERE|WITH|ORDER|GROUP|UNION|INNER|LEFT|CROSS|FULL|FETCH)"
        r"([a-z]\w*)\b", r"\1 AS \2", one, count=1),
    "another metric": lambda one: (
        re.sub(r"(VECTOR_DISTANCE\([^)]*), COSINE\)(?=\s+FETCH APPROX)", r"\1, DOT)", one)
    ),
    "accuracy of 101": lambda one: re.sub(r"(TARGET ACCURACY) \d+", r"\1 101", one),
    "one neighbour": lambda one: re.sub(r"(?i)(\bneighbors) \d+", r"\1 1", one),
    "no partitions": lambda one: re.sub(r"(?i)(\bneighbor partitions) \d+", r"\1 0", one),
    "vector_ann": lambda one: re.sub(
        r"(?i)organization (in)?memory neighbor graph", "INDEXTYPE IS vector_ann", one),
    "a reserved bind": lambda one: re.sub(r"(?<![:\w'$]):[a-z]\w*", ":date", one, count=1),
    "a semicolon": lambda one: f"{one};",
    "an empty text": lambda one: re.sub(r"= :\w+", "= ''", one, count=1),
    "DuckDB's cast": lambda one: re.sub(r"CAST\((\w+) AS (\w+)", r"(\1::\2", one, count=1),
    "IFNULL": lambda one: one.replace("COALESCE(", "IFNULL(", 1),
    "a bracket less": lambda one: re.sub(r"\)(?=[^')]*$)", "", one, count=1),
    "a table that is not": lambda one: re.sub(
        r"\b(FROM|INTO|UPDATE|JOIN) ([a-z]\w+)", r"\1 \2_of_nobody", one, count=1),
    "a column that is not": lambda one: re.sub(
        r"\b(SELECT|AND|BY) ([a-z]\w+)\b(?![.(])", r"\1 \2_of_nobody", one, count=1),
}  # fmt: skip


@pytest.fixture(scope="module")
def real() -> World:
    return judge.world(one.statement for one in sources.every())


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_real_statement_is_told(mistake: str, real: World):
    """By rules that are cheaper than a parser; a view of Oracle's own that is not known is not
    refused, but listed as not judged.
    """
    ddl = set(oracle_ddl.statements())
    tried, passed = 0, []
    for source in sources.every():
        one = source.statement
        bare = re.sub(r"[ \t]*--[^\n]*", "", one)
        broken = MISTAKES[mistake](bare)
        if broken == bare or is_block(one) or (one in ddl and mistake in OF_QUERIES):
            continue
        tried += 1
        if not any(judge.problems(broken, real)) and not any(listed.reasons(broken)):
            passed.append((source.origin, broken))
    assert tried
    assert not passed


OF_QUERIES = {"a column that is not", "a table that is not", "IFNULL", "AS before an alias"}


@pytest.mark.parametrize(
    ("statement", "parses"),
    [
        ("SELECT a, b, c FROM t WHERE d = :d AND e = :e AND f = :f", True),
        ("SELECT a, b, c c c FROM t WHERE d = :d AND e = :e", False),
        ("SELECT a, b FROM t WHERE d = :d AND AND e = :e", False),
        ("SELECT SUM(a, b FROM t", False),
        ("CREATE TABLE t (a NUMBER(1), b NUMBER(2), c NUMBER(3) NOT)", False),
    ],
)
def test_what_is_parsed_is_as_right_or_wrong_and_no_longer(statement: str, parses: bool):
    assert len(parsed.form(statement)) <= len(statement)
    assert (not parsed.violations(statement)) == parses
