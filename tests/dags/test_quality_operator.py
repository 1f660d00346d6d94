"""The gate as a task: what fails it, what it says, what it keeps."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pandas as pd
import pytest

from cloudledger.warehouse.duckdb import open_copy, open_duckdb
from cloudledger_airflow.exceptions import ExpectationsBroken
from cloudledger_airflow.operators.quality import GreatExpectationsOperator
from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost

CONTEXT = {
    "dag_run": SimpleNamespace(run_id="manual__1", run_after=datetime(2026, 3, 3, 2, tzinfo=UTC))
}
FILLED = {
    "rule": "an owner is named",
    "type": "expect_column_values_to_not_be_null",
    "arguments": {"column": "owner"},
}


@pytest.fixture
def books(tmp_path, monkeypatch):
    host = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv(
        "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE", f'{{"conn_type": "duckdb", "host": "{host}"}}'
    )
    return Books(tmp_path)


def gate(books, **kwargs):
    return GreatExpectationsOperator(
        task_id="validate", lake_path=str(books.lake.folder), **kwargs
    ).execute(CONTEXT)


def kept(books):
    return books.rows("SELECT * FROM quality_result ORDER BY expectation")


def test_lines_taken_in_are_judged_and_the_readers_copy_shows_it(books):
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"cost/myCost": "-4"})))
    books.take_in(books.discover())
    found = gate(books, suite="taken_in")
    assert [r["expectation"] for r in found if not r["success"]] == [
        "BilledCost of usage is not negative, unless it corrects",
        "EffectiveCost of usage is not negative, unless it corrects",
    ]
    assert len(kept(books)) == len(found)
    with open_copy(books.home / "warehouse.duckdb") as copy, copy.transaction() as session:
        assert session.query("SELECT run_id FROM quality_result").num_rows == len(found)


def test_an_error_fails_with_one_message_and_is_kept(books, capsys):
    frame = pd.DataFrame({"owner": ["ann", None], "kind": ["a", "wrong kind"], "lines": [5, 7]})
    expectations = [
        FILLED,
        {
            "rule": "a kind is known",
            "type": "expect_column_values_to_be_in_set",
            "arguments": {"column": "kind", "value_set": ["a"]},
            "severity": "warning",
        },
    ]
    with pytest.raises(ExpectationsBroken) as broken:
        gate(books, frame=lambda: frame, expectations=expectations)
    assert str(broken.value) == (
        "1 of 2 expectations of 'validate' are broken:\n"
        "- an owner is named [owner]: 7 of 12 lines; found nothing\n"
        "Mend the source and run again, or mark this task as succeeded to go on"
    )
    assert "a kind is known [kind]: 7 of 12 lines; found 'wrong kind'" in capsys.readouterr().out
    rows = kept(books)
    assert [(row["stage"], row["success"], row["severity"]) for row in rows] == [
        ("validate", 0, "warning"),
        ("validate", 0, "error"),
    ]


def test_a_query_gives_the_frame_and_nothing_need_be_kept(books):
    found = gate(
        books,
        query="SELECT 'ann' AS owner",
        expectations=[FILLED],
        stage="owners",
        save_results=False,
    )
    assert [(r["stage"], r["observed"]) for r in found] == [("owners", "0 of 1 lines")]
    assert kept(books) == []


def test_the_file_is_free_while_the_gate_thinks(books):
    def frame():
        open_duckdb(books.home / "warehouse.duckdb", wait_seconds=0).close()
        return pd.DataFrame({"owner": ["ann"]})

    assert gate(books, frame=frame, expectations=[FILLED])[0]["success"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "give `suite` or `expectations`"),
        ({"suite": "taken_in", "expectations": [FILLED]}, "give `suite` or `expectations`"),
        ({"suite": "taken in"}, "no suite for stage"),
        ({"suite": "taken_in", "frame": dict, "query": "SELECT 1"}, "give `frame` or `query`"),
    ],
)
def test_what_cannot_be_meant_is_refused(books, arguments, said):
    with pytest.raises(ValueError, match=said):
        gate(books, **arguments)
