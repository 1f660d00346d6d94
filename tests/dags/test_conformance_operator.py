"""FOCUS's rules as a task: what it judges, what it keeps and tells, and when it fails."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from cloudledger_airflow.exceptions import FocusRulesBroken
from cloudledger_airflow.operators.conformance import FocusConformanceOperator
from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost

SECOND = {
    "lineItem/intervalUsageStart": "2026-03-02T10:00Z",
    "lineItem/intervalUsageEnd": "2026-03-02T11:00Z",
}
BROKEN = "ListUnitPrice-C-005-C"
"""Oracle's reports give no list price, so every line of theirs breaks it."""


@pytest.fixture
def books(tmp_path, monkeypatch):
    host = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE", f'{{"conn_type": "duckdb", "host": "{host}"}}'
    )
    return Books(tmp_path)


def judge(books, hour=2, **kwargs):
    run = SimpleNamespace(
        run_id=f"manual__{hour}", run_after=datetime(2026, 3, 3, hour, tzinfo=UTC)
    )
    return FocusConformanceOperator(
        task_id="conformance", lake_path=str(books.lake.folder), **kwargs
    ).execute({"dag_run": run})


def publish(books, name, *lines):
    books.deliver(name, gzipped(oci_cost(*lines)))
    books.take_in(books.discover())
    books.publish()


def test_published_days_are_judged_kept_and_told(books, capsys):
    publish(books, "a.csv.gz", {}, {}, SECOND)
    found = judge(books)
    assert (found["days"], found["lines"]) == (2, 3)
    assert BROKEN in found["must_broken"]
    assert f"- oracle {BROKEN}:" in capsys.readouterr().out
    days = books.rows("SELECT charge_day, lines, run_id FROM focus_day ORDER BY charge_day")
    assert days == [
        {"charge_day": date(2026, 3, 1), "lines": 2, "run_id": "manual__2"},
        {"charge_day": date(2026, 3, 2), "lines": 1, "run_id": "manual__2"},
    ]
    kept = books.rows(f"SELECT * FROM focus_failure WHERE rule_id = '{BROKEN}' ORDER BY 2")
    assert [(row["broken_lines"], row["rule_level"]) for row in kept] == [(2, "must"), (1, "must")]
    assert kept[0]["example"].endswith(" record 1")


def test_only_days_published_since_are_judged_again(books):
    publish(books, "a.csv.gz", {}, SECOND)
    judge(books)
    assert judge(books, hour=3) == {
        "days": 0,
        "lines": 0,
        "must_broken": [],
        "should_broken": [],
    }
    again = judge(books, hour=4, published={"days": ["2026-03-02"]})
    assert (again["days"], again["lines"]) == (1, 1)
    rows = books.rows("SELECT run_id FROM focus_day ORDER BY charge_day")
    assert [row["run_id"] for row in rows] == ["manual__2", "manual__4"]
    failures = books.rows("SELECT * FROM focus_failure WHERE rule_id = 'ListUnitPrice-C-005-C'")
    assert len(failures) == 2


def test_a_broken_must_fails_when_asked_to_and_is_kept_then_too(books):
    publish(books, "a.csv.gz", {})
    with pytest.raises(FocusRulesBroken, match=rf"{BROKEN}: .* 1 of 1 lines"):
        judge(books, fail_on_must=True)
    assert books.rows("SELECT rule_id FROM focus_failure")


def test_nothing_published_breaks_nothing(books):
    assert judge(books, fail_on_must=True)["days"] == 0
