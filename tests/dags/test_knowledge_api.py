"""Questions to the knowledge base as JSON: private, limited, and plain about what is wrong."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_knowledge import ENCODER, client, open_fake, shelve
from local_pages import HOSTILE

from cloudledger.knowledge.config import PACKAGED, Knowledge
from cloudledger.knowledge.embedding.encoder import ModelUnusable
from cloudledger.knowledge.embedding.model import open_encoder
from cloudledger.knowledge.retrieval.search import search
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from tests.support.books import Books
from tests.support.planted_knowledge import QUOTA, RESTART

ROUTES = ("similar", "context", "feedback")
ASKED = {"question": "restart the billing service"}


@pytest.fixture
def release(tmp_path):
    return shelve(tmp_path, RESTART, QUOTA)


@pytest.fixture
def pages(airflow_db, tmp_path, monkeypatch):
    return client(monkeypatch, tmp_path)


@pytest.fixture
def nobody(pages):
    return pages[0]


@pytest.fixture
def asker(pages):
    nobody, token = pages
    nobody.headers["Authorization"] = f"Bearer {token()}"
    return nobody


def told(release, **other):
    chunk = RESTART.chunks[1]
    passage = {"release_id": release.release_id, "chunk_id": chunk.chunk_id, "helpful": True}
    return ASKED | passage | other


def kept(home):
    with Books(home).warehouse() as warehouse, warehouse.transaction() as session:
        return session.query("SELECT * FROM search_feedback").to_pylist()


def words(answer):
    return str(answer.json()["detail"])


@pytest.mark.parametrize("route", ROUTES)
def test_a_stranger_is_refused(nobody, release, route):
    body = told(release) if route == "feedback" else ASKED | {"budget": 100}
    assert nobody.post(route, json=body).status_code == 401
    page = {"accept": "text/html", "content-type": "text/plain"}
    assert nobody.post(route, content="x=1", headers=page).status_code == 401
    broken = {"content-type": "application/json"}
    assert nobody.post(route, content="{" * 100_000, headers=broken).status_code == 401
    nobody.cookies.set("_token", "forged")
    assert nobody.post(route, json=body).status_code == 403
    assert nobody.get(route).status_code == 405


def test_the_best_passages_come_first_as_the_search_tells_them(asker, tmp_path, release):
    answer = asker.post("similar", json=ASKED | {"k": 2})
    assert answer.status_code == 200
    with Books(tmp_path).warehouse() as warehouse, warehouse.transaction() as session:
        best = search(session, warehouse.engine, release, ENCODER, ASKED["question"], k=2)
    assert answer.json()["results"] == [one.as_json() for one in best]
    assert answer.json()["results"][0]["title"] == "Restart the billing service"
    assert answer.json()["release"] == {
        "release_id": release.release_id,
        "number": 1,
        "model": "fake",
        "precision": "float32",
        "released_at": None,
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ({"category": "policy"}, {QUOTA.metadata.title}),
        ({"department": "finance", "region": "eu-frankfurt-1"}, {RESTART.metadata.title}),
        ({"tag": "level-shift", "source": "shelf"}, {RESTART.metadata.title}),
        ({"since": "2026-02-01", "until": "2026-02-01"}, {RESTART.metadata.title}),
        ({"since": "2026-02-02"}, set()),
        ({"uri_prefix": "file:///shelf/policies/"}, {QUOTA.metadata.title}),
        ({"department": "x' OR '1'='1"}, set()),
    ],
)
@pytest.mark.parametrize("mode", ["hybrid", "meaning", "words"])
def test_only_documents_that_are_asked_for_are_found(asker, release, where, titles, mode):
    question = "restart billing, raise the quota"
    answer = asker.post("similar", json={"question": question, "where": where, "mode": mode})
    assert {one["title"] for one in answer.json()["results"]} == titles


def test_each_wish_reaches_the_search(asker, release):
    def found(**wishes):
        return asker.post("similar", json=ASKED | wishes).json()["results"]

    assert len(found(k=1)) == 1
    assert len([one for one in found(per_document=1) if one["title"].startswith("Restart")]) == 1
    assert all(one["cosine"] >= 0.5 for one in found(min_score=0.5))
    assert len(found(min_score=0.5)) < len(found())
    fresh, aged = found()[0], found(recency_half_life_days=1)[0]
    assert 0 < aged["score"] < fresh["score"] / 2
    assert found(mode="words")[0]["cosine"] is None
    assert found(mode="meaning")[0]["word_rank"] is None


def test_a_context_is_numbered_and_keeps_to_its_budget(asker, release):
    whole = asker.post("context", json=ASKED | {"budget": 1000}).json()
    assert whole["text"].startswith("[1] Restart the billing service")
    assert "\n\n[2] Quota of compute" in whole["text"]
    assert whole["passages"][0]["uri"] == RESTART.uri
    assert whole["release"]["release_id"] == release.release_id
    small = asker.post("context", json=ASKED | {"budget": 40, "mode": "words"}).json()
    assert 0 < small["tokens"] <= 40 < whole["tokens"]
    assert asker.post("context", json=ASKED | {"budget": 1}).json()["passages"] == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"question": " "}, "ask something"),
        ({"question": "\u00e9" * 1001}, "longer than 2,000 bytes"),
        ({"question": "a\0b"}, "NUL"),
        ({"question": "\ud800"}, "hex escape"),
        ({"\ud800": 1}, "hex escape"),
        ({"question": None}, "valid string"),
        ({"k": 0}, "greater than or equal to 1"),
        ({"k": 101}, "less than or equal to 100"),
        ({"k": True}, "integer"),
        ({"mode": "fast"}, "'hybrid', 'meaning' or 'words'"),
        ({"mode": "words", "min_score": 0.1}, "has none"),
        ({"min_score": float("nan")}, "finite"),
        ({"min_score": 2}, "less than or equal to 1"),
        ({"recency_half_life_days": -1}, "greater than or equal to 0"),
        ({"per_document": -1}, "greater than or equal to 0"),
        ({"budget": 0}, "greater than or equal to 1"),
        ({"budget": 100_001}, "less than or equal to 100000"),
        ({"where": {"departement": "x"}}, "Extra inputs are not permitted"),
        ({"where": {"department": ""}}, "at least 1 character"),
        ({"where": {"tag": "x" * 129}}, "at most 128 characters"),
        ({"where": {"since": "soon"}}, "valid date"),
        ({"where": {"since": "2026-02-01", "until": "2026-01-01"}}, "since is after until"),
        ({"limit": 5}, "Extra inputs are not permitted"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(asker, release, wrong, said):
    answer = asker.post(
        "context",
        content=json.dumps(ASKED | {"budget": 100} | wrong),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert said in words(answer)
    assert "input" not in answer.json()["detail"][0]


def test_only_json_is_taken(asker, release):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None):
        headers = {"content-type": kind} if kind else {}
        for route in ROUTES:
            answer = asker.post(route, content=b'{"question": "x"}', headers=headers)
            assert (answer.status_code, "Content-Type: application/json" in words(answer)) == (
                415,
                True,
            )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        *((body, 422) for body in ("", "{", "[]", "null", "[" * 60_000, b"\xff")),
        ('{"question": "x", "k": ' + "9" * 9000 + "}", 422),
        (json.dumps({"question": "x" * 70_000}), 413),
    ],
    ids=range(8),
)
def test_what_is_no_question_is_refused(asker, release, body, status):
    for route in ROUTES:
        headers = {"content-type": "application/json; charset=utf-8"}
        answer = asker.post(route, content=body, headers=headers)
        assert (answer.status_code, bool(words(answer))) == (status, True)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=40), st.sampled_from(["department", "tag", "uri_prefix"]), st.text())
def test_any_text_is_searched_or_refused_and_never_fails(asker, release, question, name, value):
    asked = {"question": question, "where": {name: value}}
    for mode in ("words", "hybrid"):
        answer = asker.post("similar", json=asked | {"mode": mode})
        assert answer.status_code == (422 if refused(question, value, name) else 200), answer.text


def refused(question, value, name):
    wide = len(value.encode()) > 2000 or (name != "uri_prefix" and len(value) > 128)
    return not question.strip() or "\0" in question + value or not value or wide


def test_before_any_release_it_is_told_what_to_run(asker, tmp_path):
    bodies = {
        "similar": ASKED,
        "context": ASKED | {"budget": 9},
        "feedback": ASKED | {"release_id": "0" * 32, "chunk_id": "0" * 32, "helpful": True},
    }
    for route, body in bodies.items():
        answer = asker.post(route, json=body)
        assert (answer.status_code, "publish once, then read" in words(answer)) == (503, True)
    assert not (tmp_path / "warehouse.duckdb").exists()
    shelve(tmp_path, RESTART, state="building")
    for route in ("similar", "context"):
        answer = asker.post(route, json=bodies[route])
        assert (answer.status_code, "knowledge_refresh" in words(answer)) == (503, True)
    assert asker.post("feedback", json=bodies["feedback"]).status_code == 404


def test_a_model_that_cannot_be_loaded_is_told_and_tried_again(
    airflow_db, tmp_path, monkeypatch, release
):
    tries = []

    def opened(release):
        tries.append(release.number)
        if len(tries) < 3:
            raise ModelUnusable("fake cannot be loaded: bring its files back")
        return open_fake(release)

    asker, token = client(monkeypatch, tmp_path, opened)
    asker.headers["Authorization"] = f"Bearer {token()}"
    assert asker.post("similar", json=ASKED | {"mode": "words"}).status_code == 200
    assert tries == []
    for body, route in ((ASKED, "similar"), (ASKED | {"budget": 9}, "context")):
        answer = asker.post(route, json=body)
        assert (answer.status_code, words(answer)) == (
            503,
            "fake cannot be loaded: bring its files back",
        )
    for _ in range(2):
        assert asker.post("similar", json=ASKED).status_code == 200
    assert tries == [1, 1, 1]


def test_a_persons_word_is_kept_under_their_name_and_once(pages, asker, release, tmp_path):
    before = datetime.now(UTC)
    first = asker.post("feedback", json=told(release, remark=f" it worked {HOSTILE} "))
    assert first.status_code == 200
    (row,) = kept(tmp_path)
    assert row.pop("told_at") - before < timedelta(minutes=1)
    assert row == told(release, helpful=1) | {
        "feedback_id": first.json()["feedback_id"],
        "told_by": "keeper",
        "remark": f"it worked {HOSTILE}",
    }
    again = asker.post("feedback", json=told(release, helpful=False))
    assert again.json() == first.json()
    assert [(row["helpful"], row["remark"]) for row in kept(tmp_path)] == [(0, None)]
    long = "n\u00e9" * 200
    asker.headers["Authorization"] = f"Bearer {pages[1](long)}"
    assert asker.post("feedback", json=told(release)).status_code == 200
    assert sorted(len(row["told_by"].encode()) for row in kept(tmp_path)) == [6, 250]
    with WarehouseHook().reading() as warehouse, warehouse.transaction() as session:
        assert session.query("SELECT * FROM search_feedback").num_rows == 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"chunk_id": "0" * 32}, 404),
        ({"release_id": "0" * 32}, 404),
        ({"chunk_id": "../../etc"}, 422),
        ({"helpful": 1}, 422),
        ({"remark": "\u00e9" * 1001}, 422),
        ({"told_by": "somebody else"}, 422),
        ({"question": ""}, 422),
    ],
)
def test_a_word_on_nothing_is_refused_and_changes_nothing(asker, release, tmp_path, wrong, status):
    stood = (tmp_path / "warehouse.duckdb").stat().st_mtime_ns
    answer = asker.post("feedback", json=told(release, **wrong))
    assert (answer.status_code, bool(words(answer))) == (status, True)
    assert (tmp_path / "warehouse.duckdb").stat().st_mtime_ns == stood
    assert kept(tmp_path) == []


def test_a_word_waits_only_shortly_for_another_of_this_process(asker, release):
    entered, leave = threading.Event(), threading.Event()

    def write():
        with asker.app.routes[-1].app.state.writing():
            entered.set()
            leave.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert entered.wait(20)
        answer = asker.post("feedback", json=told(release))
    finally:
        leave.set()
        writer.join()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "send it again" in words(answer)
    assert asker.post("feedback", json=told(release)).status_code == 200


def test_a_word_waits_only_shortly_for_another_process(asker, release, tmp_path):
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    command = [sys.executable, "-c", hold, str(tmp_path / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline()
        answer = asker.post("feedback", json=told(release))
        assert asker.post("similar", json=ASKED).status_code == 200
        writer.communicate(b"\n", timeout=20)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert f"process {writer.pid}" in words(answer)
    assert asker.post("feedback", json=told(release)).status_code == 200


def test_the_plugin_asks_with_the_model_of_the_release(viewer, tmp_path):
    encoder = open_encoder(Knowledge(precision="float32"))
    release = shelve(tmp_path, RESTART, QUOTA, encoder=encoder)
    question = "who is told before the invoicing software is rebooted?"
    for _ in range(2):
        answer = viewer.post("similar", json={"question": question, "mode": "meaning"})
        assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["release"]["model"], found["release"]["precision"]) == (PACKAGED, "float32")
    assert found["results"][0]["chunk_id"] == RESTART.chunks[0].chunk_id
    with Books(tmp_path).warehouse() as warehouse, warehouse.transaction() as session:
        best = search(session, warehouse.engine, release, encoder, question, mode="meaning")
    assert [one["chunk_id"] for one in found["results"]] == [one.chunk_id for one in best]
    text = viewer.post("context", json={"question": question, "budget": 60}).json()
    assert encoder.count([text["passages"][0]["body"]])[0] < text["tokens"] <= 60
    told = {"question": question, "release_id": release.release_id, "helpful": True}
    told |= {"chunk_id": RESTART.chunks[0].chunk_id}
    assert viewer.post("feedback", json=told).status_code == 200
    assert [row["told_by"] for row in kept(tmp_path)] == ["keeper"]
