"""The task `runbooks`: each event finds the runbooks for its kind, once for a release."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from cloudledger.knowledge.document import Metadata
from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.embedding.encoder import ModelUnusable
from cloudledger.knowledge.retrieval.runbooks import event_runbooks
from tests.support.books import Books
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_shelf import shelved, written
from tests.support.planted_insights import AS_OF, event, plant, series

ENCODER = FakeEncoder(dimensions=256)


def runbook(name, title, *tags):
    told = Metadata(category="runbook", tags=tags)
    return written(name, title, ("", "cost stepped up and stays, or it dropped"), metadata=told)


SHELF = [
    runbook("step", "Cost stepped up and stays", "level-shift"),
    runbook("drop", "Cost of COMPUTE stepped up, stays, dropped", "drop"),
]


@pytest.fixture
def books(tmp_path, monkeypatch):
    """A ledger with an event of kind level_shift, that tasks find by their settings."""
    books = Books(tmp_path)
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        plant(session, "cost_series", series("s", "service", provider="Oracle", service="COMPUTE"))
        plant(session, "anomaly_event", event("stepped", "s"))
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.setattr(model, "open_encoder_of", lambda release, knowledge: ENCODER)
    return books


def shelve(books, *documents):
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        shelved(session, documents, ENCODER)


def executed(as_of=AS_OF):
    from cloudledger_airflow.operators.runbooks import EventRunbookOperator

    run = SimpleNamespace(run_id="run", run_after=as_of, run_type="manual", data_interval_end=None)
    return EventRunbookOperator(task_id="runbooks").execute({"dag_run": run, "params": {}})


def beside(books):
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        return [one.uri.rpartition("/")[2] for one in event_runbooks(session, "stepped")]


def test_an_event_gets_the_runbook_for_its_kind_and_keeps_it(books):
    shelve(books, *SHELF)
    assert executed() == {"events": 1, "runbooks": 1}
    assert beside(books) == ["step"]
    assert executed() == {"events": 0, "runbooks": 0}


def test_an_event_of_long_ago_is_left_alone(books):
    shelve(books, *SHELF)
    assert executed(AS_OF + timedelta(days=200)) == {"events": 0, "runbooks": 0}


def test_without_documents_or_model_it_is_skipped(books, monkeypatch):
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="run knowledge_refresh"):
        executed()
    shelve(books, *SHELF)

    def gone(release, knowledge):
        raise ModelUnusable("bring the files back")

    monkeypatch.setattr(model, "open_encoder_of", gone)
    with pytest.raises(AirflowSkipException, match="bring the files back"):
        executed()
    assert beside(books) == []
