"""Every statement that an Oracle database is sent is one that it takes, as far as text tells."""

from __future__ import annotations

from collections import defaultdict

import pytest
from oracle_checker import guards, judge, listed, sources, vector
from oracle_checker.judge import World

EVERY = sources.every()
BY_ORIGIN: dict[str, list[str]] = defaultdict(list)
for _one in EVERY:
    BY_ORIGIN[_one.origin].append(_one.statement)


@pytest.fixture(scope="module")
def known() -> World:
    return judge.world(one.statement for one in EVERY)


@pytest.mark.parametrize("origin", BY_ORIGIN)
def test_nothing_is_wrong_with_it(origin: str, known: World):
    found = {one: told for one in BY_ORIGIN[origin] if (told := [*judge.problems(one, known)])}
    assert not found


def test_they_come_from_everywhere():
    rooms = {origin.split("/")[1] for origin in BY_ORIGIN if "/" in origin}
    assert rooms == {*sources.SHARED, "schema", "oracle"}
    composed = " ".join(BY_ORIGIN["composed by OracleWarehouse"])
    for start in ("INSERT INTO daily_cost ", "TRUNCATE TABLE", "SYS_CONTEXT", "schema_migration ("):
        assert start in composed


def test_each_kind_that_is_judged_by_itself_is_among_them():
    statements = [one.statement for one in EVERY]
    assert {guards.kind(one) for one in statements} >= set(guards.KINDS)
    made = [one for one in statements if vector.made(one)]
    assert {"INMEMORY" in one for one in made} == {True, False}
    for how in ("FETCH APPROX", "FETCH EXACT"):
        assert any(how in one for one in statements)


def test_what_settings_allow_at_least_and_at_most_is_judged():
    (least, most) = (sources.filled("NEIGHBORS {neighbors}")[end] for end in (0, 1))
    assert (least, most) == ("NEIGHBORS 2", "NEIGHBORS 2048")
    with pytest.raises(KeyError, match="sample"):
        sources.filled("{something_else}")


def test_what_is_not_judged_is_listed():
    assert listed.PAGE.read_text(encoding="utf-8") == listed.page(), "make oracle-statements"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("BEGIN DBMS_VECTOR.REBUILD_INDEX(idx_name => :i); :n := 1; END;", "a PL/SQL block"),
        ("SELECT a FROM v$session", "`v$session`"),
        ("EXPLAIN PLAN FOR SELECT 1 FROM dual WHERE :a = 1", "EXPLAIN PLAN"),
        ("BEGIN DBMS_VECTOR.REBUILD_INDEX(idx_name => :i); END;", ""),
        ("SELECT status FROM user_indexes", ""),
    ],
)
def test_what_cannot_be_judged_is_known(statement: str, why: str):
    told = list(listed.reasons(statement))
    assert any(why in one for one in told) if why else not told
