"""Migrations that depend on the database's version, and the statements that only Oracle has."""

from __future__ import annotations

import re

import oracle_ddl
import oracledb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle_checker import guards
from test_oracle_calls import Recorder, error, migration_columns, warehouse

from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.port import ConstraintViolated
from cloudledger.warehouse.statements import Step, steps, version_of

KNOWN = migrations("oracle")
GUARDS = next(one for one in KNOWN if one.name.startswith("0019"))
NEW = [step.statement for step in oracle_ddl.steps() if guards.kind(step.statement)]


def run(version: str, there: str = "-") -> list[str]:
    """The guards' statements that a database of a version is sent; ``there``: a name in queries
    that its dictionary knows already.
    """
    before, after = KNOWN[: KNOWN.index(GUARDS)], KNOWN[KNOWN.index(GUARDS) :]
    applied = [(one.name, one.checksum) for one in before]

    def rows(statement: str) -> list[tuple[object, ...]]:
        if "schema_migration ORDER BY" in statement:
            return list(applied)
        return [(1,)] if f"'{there}'" in statement else []

    recorder = Recorder(describe=migration_columns, rows=rows, version=version)
    assert warehouse(recorder).migrate() == [one.name for one in after]
    return [one for one in recorder.statements if one in GUARDS.statements]


def names(statements: list[str], pattern: str) -> set[str]:
    return {match[1] for one in statements if (match := re.search(pattern, one))}


ASSERTION, KEY = r"CREATE ASSERTION IF NOT EXISTS (\w+)", r"ADD CONSTRAINT (\w+)\nFOREIGN KEY"
ALWAYS = {
    "budget_alert_rule_budget_fk",
    "budget_alert_email_rule_fk",
    "budget_alert_alert_fk",
    "chargeback_change_period_fk",
}


@pytest.mark.parametrize("version", ["23.26.1.0.0", "23.26.2.0.0", "23.27.0.0.0", "26.1.0.0.0"])
def test_a_database_that_has_assertions_gets_them(version: str):
    sent = run(version)
    assert names(sent, ASSERTION) == {
        "budget_has_rule",
        "budget_alert_has_budget",
        "chargeback_line_has_period",
    }
    assert names(sent, KEY) == ALWAYS


@pytest.mark.parametrize("version", ["23.4.0.24.5", "23.9.0.25.7", "23.26.0.0.0"])
def test_an_earlier_one_gets_a_deferred_key_instead(version: str):
    sent = run(version)
    assert not names(sent, ASSERTION)
    assert names(sent, KEY) == {*ALWAYS, "chargeback_line_period_fk"}


def test_what_cannot_be_run_again_is_not():
    assert not [
        one
        for one in run("23.26.1.0.0", "BUDGET")
        if one.startswith("ALTER TABLE budget MODIFY ( -- ")
    ]
    assert "budget_alert_alert_fk" not in names(run("23.26.1.0.0", "BUDGET_ALERT_ALERT_FK"), KEY)


def test_a_dictionary_query_names_what_its_statement_makes():
    for step in GUARDS.steps:
        if step.unless:
            named = re.search(r"(?:ALTER TABLE|ADD CONSTRAINT) (\w+)(?: MODIFY|\n)", step.statement)
            assert named
            assert f"_name = '{named[1].upper()}'" in step.unless


@pytest.mark.parametrize("code", [2091, 8601])
def test_what_is_refused_at_the_end_of_a_transaction_has_the_same_name(code: int):
    class Refusing(Recorder):
        def commit(self) -> None:
            super().commit()
            raise error(oracledb.DatabaseError, code)

    with pytest.raises(ConstraintViolated), warehouse(Refusing()).transaction() as session:
        session.execute("DELETE FROM t")


def test_conditions_stand_in_comments_before_a_statement():
    text = """
-- Why.
-- requires: 23.26.1
CREATE A;
SELECT 1; -- before: 1.0
-- before: 23.26.1
-- unless: SELECT a
--   FROM b
CREATE B;
"""
    assert steps(text) == [
        Step("CREATE A", requires=(23, 26, 1)),
        Step("SELECT 1"),
        Step("CREATE B", before=(23, 26, 1), unless="SELECT a FROM b"),
    ]


@given(st.lists(st.integers(0, 99), min_size=5, max_size=5))
def test_a_version_runs_exactly_one_of_two_branches(parts: list[int]):
    version = version_of(".".join(map(str, parts)))
    edge = (23, 26, 1)
    assert Step("a", requires=edge).is_for(version) != Step("b", before=edge).is_for(version)


def test_every_condition_is_one_that_is_known():
    for name in re.findall(r"^--[ \t]*(\w+):", _text(), re.MULTILINE):
        assert name in {"requires", "before", "unless"}


def _text() -> str:
    from cloudledger.sql import SQL_ROOT

    paths = sorted((SQL_ROOT / "schema" / "oracle").glob("0019*.sql"))
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_there_are_statements_of_each_kind():
    assert {guards.kind(one) for one in NEW} == set(guards.KINDS)


@pytest.mark.parametrize("statement", NEW, ids=lambda one: " ".join(one.split()[:6]))
def test_a_statement_is_as_the_manual_has_it(statement: str):
    known = guards.domains(NEW)
    assert list(guards.problems(statement, oracle_ddl.tables(), known)) == []


WRONG = [
    ("state = 'firing'", "state = 'firing' AND a.as_of < SYSDATE", "change by itself"),
    ("FROM budget_alert l, budget_status s", "FROM budget_alert l JOIN budget_status s", "JOIN"),
    ("AND s.budget_id = l.budget_id", "AND s.forecast_cost = l.budget_id", "may be NULL"),
    ("AND s.budget_id = l.budget_id", "AND s.as_of_day = l.budget_id", "two types"),
    ("INITIALLY DEFERRED", "INITIALLY LATER", "none of"),
    ("b.managed = 1", "COUNT(b.managed) = 1", "no aggregates"),
    ("r.budget_id = b.budget_id\n    ]", "r.budget_id = r.budget_id\n    ]", "not tied"),
    ("'_id': b.budget_id", "'_id': b.account", "primary key"),
    ("r.percent", "r.percentage", "has no r.percentage"),
    ("b WITH NOINSERT", "b WITH READ", "no tags"),
    ("forecast_cost DOMAIN money_amount", "severity DOMAIN money_amount", "ORA-11517"),
    ("email DOMAIN email_address", "email DOMAIN mail", "no domain"),
    ("NUMBER(38, 24)", "NUMBER", "none of"),
    ("ADD OR REPLACE meaning", "ADD OR CHANGE meaning", "no annotation"),
    ("alert ANNOTATIONS", "alerts ANNOTATIONS", "no table"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG)
def test_the_checker_sees_what_is_not(right: str, wrong: str, said: str):
    hit = [one for one in NEW if right in guards._bare(one)]
    assert hit, right
    known = guards.domains(NEW)
    for statement in hit:
        broken = guards._bare(statement).replace(right, wrong)
        told = list(guards.problems(broken, oracle_ddl.tables(), known))
        assert not said or any(said in one for one in told), told


def test_a_deeper_assertion_than_oracle_takes_is_seen():
    inner = "SELECT '' FROM budget b WHERE b.managed = 1"
    for _ in range(guards.DEEPEST):
        inner = f"SELECT '' FROM budget b WHERE NOT EXISTS ({inner})"
    text = (
        f"CREATE ASSERTION IF NOT EXISTS deep CHECK (NOT EXISTS ({inner}))"
        " DEFERRABLE INITIALLY DEFERRED"
    )
    told = list(guards.problems(text, oracle_ddl.tables(), {}))
    assert told == ["ORA-08712: deeper than 3"]
