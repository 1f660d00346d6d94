"""knowledge_refresh over the sample company's documents, with the packaged model."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from local_runs import results, states, warehouse

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.embedding.model import open_encoder
from cloudledger.knowledge.releases.release_store import live, releases
from cloudledger.knowledge.retrieval.search import search

SAMPLES = Path(__file__).resolve().parents[2] / "localcloud" / "knowledge"
AT = datetime(2026, 11, 7, 4, tzinfo=UTC)
RUNS = count()
LOADED = {}

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def documents(tmp_path, monkeypatch):
    """A folder with the samples, which the settings name."""
    folder = tmp_path / "documents"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("questions.yaml"))
    monkeypatch.setenv("CLOUDLEDGER_CONFIG", str(tmp_path / "cloudledger.yaml"))
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "ledger"))
    configure(folder)
    return folder


@pytest.fixture(autouse=True)
def _each_model_is_loaded_once(monkeypatch):
    """A task has a process of its own elsewhere; here they share one."""

    def opened(knowledge):
        key = knowledge.model, knowledge.precision
        if key not in LOADED:
            LOADED[key] = open_encoder(knowledge)
        return LOADED[key]

    monkeypatch.setattr(model, "open_encoder", opened)


def configure(folder, **told):
    """Settings that name the folder, and what else is told of knowledge."""
    source = {"name": "docs", "uri": f"{folder.as_uri()}/", "defaults": [{"region": "everywhere"}]}
    gate = {"questions": str(SAMPLES / "questions.yaml"), "generated": 20}
    knowledge = {"sources": [source], "gate": gate, "processes": 1} | told
    (folder.parent / "cloudledger.yaml").write_text(json.dumps({"knowledge": knowledge}))


def run_of(root, **conf):
    """A run by hand, without retries: they would wait for minutes."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["knowledge_refresh"]
    for task in dag.tasks:
        task.retries = 0
    return dag.test(run_after=AT + timedelta(hours=next(RUNS)), run_conf=conf or None)


def told(run):
    return {task: found[0] for task, found in results(run).items() if found}


def asked(question, **options):
    with warehouse() as session:
        release = live(session)
        return search(
            session, "duckdb", release, model.open_encoder(Knowledge()), question, **options
        )


def test_documents_are_found_and_a_second_run_embeds_nothing(documents, root):
    run = run_of(root)
    assert run.state == "success", states(run)
    first = told(run)
    assert first["read"]["documents"] == first["begin"]["documents"] == 18
    assert first["read"]["set_aside"] == {}
    assert first["embed"]["texts"] == first["write"]["embedded"] == first["begin"]["chunks"]
    assert first["gate"]["passed"]
    found = asked("a machine with GPUs was left running in the sandbox", k=3)
    assert found[0].title == "A GPU instance runs in the sandbox"
    assert (found[0].department, found[0].category) == ("Platform", "runbook")
    assert found[0].region == "everywhere"

    again = run_of(root)
    assert again.state == "success", states(again)
    second = told(again)
    assert (second["read"]["read"], second["embed"]["texts"]) == (0, 0)
    assert second["begin"] == first["begin"] | {"new": 0, "live": True}
    assert states(again)["release"] == "skipped"


def test_a_change_makes_a_release_that_reuses_the_rest(documents, root):
    assert run_of(root).state == "success"
    changed = documents / "runbooks" / "cost-drops.md"
    changed.write_text(changed.read_text() + "\n4. Write down what was learned.\n")
    (documents / "faq.csv").unlink()
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 nothing of a PDF")
    run = run_of(root)
    assert run.state == "success", states(run)
    found = told(run)
    assert found["read"]["set_aside"] == {"broken": 1}
    assert (found["begin"]["new"], found["begin"]["left_out"]) == (1, 4)
    assert 1 <= found["embed"]["texts"] <= 3
    assert found["begin"]["reused"] > 20
    assert not [one for one in asked("amortized cost", k=20) if one.uri.endswith(".csv")]
    with warehouse() as session:
        assert [one.state for one in releases(session)] == ["live", "retired"]


def test_a_prefix_leaves_everything_else_as_it_is(documents, root):
    assert run_of(root).state == "success"
    (documents / "runbooks" / "cost-drops.md").unlink()
    (documents / "faq.csv").unlink()
    run = run_of(root, prefix=f"{(documents / 'runbooks').as_uri()}/")
    assert run.state == "success", states(run)
    assert told(run)["read"]["objects"] == 9
    assert told(run)["begin"]["left_out"] == 1
    assert told(run)["begin"]["documents"] == 17


def test_a_release_that_finds_worse_is_refused_and_the_live_one_stays(documents, root):
    assert run_of(root).state == "success"
    for path in sorted((documents / "runbooks").glob("*.md")):
        text = path.read_text()
        path.write_text(
            text.split("---", 2)[0] + "---" + text.split("---", 2)[1] + "---\n\nTo be written.\n"
        )
    run = run_of(root)
    assert run.state == "failed"
    assert states(run)["gate"] == "failed"
    with warehouse() as session:
        refused, standing = releases(session)
    assert (refused.state, standing.state) == ("refused", "live")
    assert "nDCG@10" in refused.reason
    assert asked("GPU in the sandbox", k=1)[0].release_id == standing.release_id
    again = run_of(root)
    assert states(again)["begin"] == "failed", "the same documents are not judged twice"


def test_a_model_that_is_not_there_leaves_the_live_release(documents, root):
    assert run_of(root).state == "success"
    configure(documents, model="nobody/has-this-model")
    run = run_of(root)
    assert run.state == "failed"
    assert states(run)["read"] == "failed"
    assert asked("GPU in the sandbox", k=1)
