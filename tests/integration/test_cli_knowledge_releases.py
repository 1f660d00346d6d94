"""Releases, what is missing in them, going back and feedback, in the terminal."""

from __future__ import annotations

import getpass
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.embedding.vector_files import vector_folder, write_part
from cloudledger.knowledge.gate.judge import Measure
from cloudledger.knowledge.gate.store import save_quality
from cloudledger.knowledge.releases.planned import Planned, planned
from cloudledger.knowledge.releases.release_store import live_one
from cloudledger.run import Run
from cloudledger.warehouse.duckdb import open_copy, open_duckdb
from tests.support.empty_warehouse import migrated
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_store import AT, ENCODER, PREP, aside, document, release

DAY = timedelta(days=1)
A = document("a.md", "restart the database", "then check the alarm")
B = document("b.md", "order of approval [/]", "then check the alarm")
C = document("c.md", "restart the web server")
LOCKED = aside("b.md", etag="2")
OTHER = FakeEncoder(model="other", dimensions=8)


def open_small(knowledge: Knowledge) -> FakeEncoder:
    return FakeEncoder(model=knowledge.model, dimensions=ENCODER.dimensions)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDLEDGER_KNOWLEDGE", '{"model": "fake", "precision": "float32"}')
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.setattr(model, "open_encoder", open_small)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Two releases with figures; the second has a new document, and keeps what is locked now."""
    path = tmp_path / "warehouse.duckdb"
    with migrated(path) as opened:
        first = release(opened, [A, B])
        second = release(opened, [A, LOCKED, C, aside("d.pdf", reason="empty")], at=AT + DAY)
        with opened.transaction() as session:
            for one, ndcg in ((first, "0.75"), (second, "0.5")):
                found = [
                    Measure("ndcg_at_10", Decimal(ndcg), 40),
                    Measure("p95_ms", Decimal("12.5"), 40),
                ]
                save_quality(session, one.release_id, found, Run("run", one.as_of or AT))
        opened.publish_copy()
    return path


def cloudledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["knowledge", *arguments], env={"COLUMNS": "160"})


def told(*arguments: str) -> dict[str, Any]:
    done = cloudledger(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def states() -> dict[int, str]:
    return {one["number"]: one["state"] for one in told("releases")["releases"]}


def row_of(shown: str, *words: str) -> str:
    (row,) = [line for line in shown.splitlines() if all(word in line for word in words)]
    return row


@pytest.mark.usefixtures("warehouse")
def test_releases_are_listed_with_what_was_embedded() -> None:
    shown = cloudledger("releases").stdout
    assert row_of(shown, "live ", "fake", "2026-05-02 00:00").split()[-4:] == ["3", "5", "1", "4"]
    assert row_of(shown, "retired").split()[-4:] == ["2", "4", "4", "0"]
    newest = told("releases")["releases"][0]
    assert (newest["number"], newest["precision"], newest["dimensions"]) == (2, "float32", 8)


@pytest.mark.usefixtures("warehouse")
def test_documents_that_cannot_be_searched_are_told_with_what_to_do() -> None:
    shown = cloudledger("set-aside").stdout
    assert "s3://bucket/b.md  encrypted; an earlier version is searched\n" in shown
    assert "s3://bucket/d.pdf  empty\n" in shown
    assert shown.count("    give a copy that is not locked\n") == 2
    assert "2 documents cannot be searched" in shown
    rows = told("set-aside")["set_aside"]
    assert [(one["uri"], one["searched"]) for one in rows] == [
        ("s3://bucket/b.md", True),
        ("s3://bucket/d.pdf", False),
    ]


@pytest.mark.usefixtures("warehouse")
def test_quality_is_told_for_each_release_that_was_measured() -> None:
    shown = cloudledger("quality").stdout
    assert "0.500" in row_of(shown, "live  ", "fake", "40")
    assert "12.5" in row_of(shown, "retired", "0.750")
    (newest, first) = told("quality")["quality"]
    assert (newest["release_number"], newest["ndcg"], newest["recall"]) == (2, 0.5, None)
    assert first["p95_ms"] == 12.5


def test_before_any_release_there_is_nothing_and_what_to_do_is_told(tmp_path: Path) -> None:
    with migrated(tmp_path / "warehouse.duckdb") as opened:
        opened.publish_copy()
    for command in ("releases", "quality"):
        assert "run the DAG knowledge_refresh" in cloudledger(command).stdout
    assert "no document is set aside" in cloudledger("set-aside").stdout
    for arguments in (["estimate"], ["feedback", "q", "c", "--helpful"]):
        done = cloudledger(*arguments)
        assert done.exit_code == 1
        assert "run the DAG knowledge_refresh" in done.stderr
    done = cloudledger("roll-back", "--because", "it is slow")
    assert (done.exit_code, "no release is retired" in done.stderr) == (1, True)


@pytest.mark.usefixtures("warehouse")
def test_the_release_before_is_searched_again_by_one_command() -> None:
    done = cloudledger("roll-back", "--because", "finds the wrong [runbook]")
    assert done.exit_code == 0, done.output
    assert "release 1 (fake) is searched again, and release 2 is refused" in done.stdout
    assert states() == {1: "live", 2: "refused"}
    assert "finds the wrong [runbook]" in row_of(cloudledger("releases").stdout, "refused")
    back = told("roll-back", "2", "--because", "it was the question")
    assert (back["number"], back["refused"]) == (2, 1)
    assert states() == {1: "refused", 2: "live"}


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["7", "--because", "slow"], 1, "no release 7: `cloudledger knowledge releases` lists"),
        (["2", "--because", "slow"], 1, "release 2 is live"),
        (["--because", " "], 2, "say why"),
        ([], 2, "--because"),
    ],
)
def test_going_back_needs_a_release_and_a_reason(
    arguments: list[str], code: int, words: str
) -> None:
    done = cloudledger("roll-back", *arguments)
    assert done.exit_code == code
    assert words in done.stderr
    assert states() == {1: "retired", 2: "live"}


@pytest.mark.usefixtures("warehouse")
def test_another_model_embeds_every_text(monkeypatch: pytest.MonkeyPatch) -> None:
    before = states()
    monkeypatch.setenv("CLOUDLEDGER_KNOWLEDGE", '{"model": "other", "precision": "float32"}')
    plan = told("estimate")
    assert (plan["same_model"], plan["cut_anew"], plan["release"]) == (False, True, 2)
    assert plan["needed"]["texts"] == 5
    assert plan["needed"]["bytes"] == 5 * 8 * 4
    assert plan["needed"] == plan["at_most"]
    shown = cloudledger("estimate").stdout
    for words in (
        "other (float32, 8 dimensions)",
        "another model than release 2 has, fake (float32)",
        "5 texts of",
        "the limits of chunks may change",
    ):
        assert words in shown, words
    assert states() == before


@pytest.mark.usefixtures("warehouse")
def test_the_same_model_takes_its_vectors_over() -> None:
    plan = told("estimate")
    assert (plan["same_model"], plan["needed"]["texts"]) == (True, 0)
    assert (plan["cut_anew"], plan["at_most"]["texts"]) == (True, 5)
    assert "another model" not in cloudledger("estimate").stdout


def plan_of(path: Path, encoder: FakeEncoder, **more: Any) -> Planned:
    with open_copy(path) as opened, opened.transaction() as session:
        live = live_one(session)
        return planned(session, opened.engine, live, encoder, prep_key=PREP, processes=1, **more)


def test_nothing_is_embedded_when_nothing_changed(warehouse: Path) -> None:
    encoder = FakeEncoder(dimensions=8)
    plan = plan_of(warehouse, encoder)
    assert not plan.cut_anew
    assert str(plan.needed) == str(plan.at_most) == "nothing to embed"
    assert encoder.asked == []


def test_texts_are_counted_by_the_new_model_and_those_in_files_left_out(
    warehouse: Path, tmp_path: Path
) -> None:
    plan = plan_of(warehouse, OTHER)
    texts = {chunk.text for one in (A, B, C) for chunk in one.chunks}
    assert (plan.needed.texts, plan.needed.tokens) == (5, sum(OTHER.count(sorted(texts))))
    done = [chunk.text_hash for chunk in A.chunks]
    assert plan_of(warehouse, OTHER, in_files=set(done)).needed.texts == 3
    (vector_folder(tmp_path) / OTHER.embedding_key).mkdir(parents=True)
    write_part(vector_folder(tmp_path), OTHER.embedding_key, done, OTHER.documents(["a", "b"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDLEDGER_KNOWLEDGE", '{"model": "other"}')
        assert told("estimate")["needed"]["texts"] == 3


def test_feedback_is_kept_as_the_user_s_and_told_anew(warehouse: Path) -> None:
    chunk = A.chunks[0].chunk_id
    asked = ("feedback", "how is it restarted", chunk)
    done = cloudledger(*asked, "--not-helpful", "--remark", "of the old version")
    assert done.exit_code == 0, done.output
    assert f"{chunk} is not helpful for how is it restarted" in done.stdout
    again = told(*asked, "--helpful", "--release", "1")
    with open_duckdb(warehouse) as opened, opened.transaction() as session:
        (row,) = session.query("SELECT * FROM search_feedback").to_pylist()
    assert row["feedback_id"] == again["feedback_id"]
    assert (row["told_by"], row["helpful"], row["remark"]) == (getpass.getuser(), 1, None)


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["q", "0" * 32, "--helpful"], 1, "has no passage"),
        (["q", A.chunks[0].chunk_id, "--helpful", "--release", "9"], 1, "no release 9"),
        ([" ", A.chunks[0].chunk_id, "--helpful"], 2, "the question that was asked"),
        (["q", A.chunks[0].chunk_id], 2, "--helpful"),
        (["é" * 1001, A.chunks[0].chunk_id, "--helpful"], 2, "2,002 bytes"),
        (["q", A.chunks[0].chunk_id, "--helpful", "--remark", "\udc80"], 2, "not UTF-8"),
    ],
)
def test_feedback_on_nothing_is_refused(arguments: list[str], code: int, words: str) -> None:
    done = cloudledger("feedback", *arguments)
    assert done.exit_code == code
    assert words in done.stderr


def test_a_writer_waits_for_nobody_s_copy(warehouse: Path) -> None:
    with open_copy(warehouse) as reader, reader.transaction() as session:
        assert cloudledger("roll-back", "--because", "slow").exit_code == 0
        assert live_one(session).number == 2
    assert states()[1] == "live"


def findings() -> dict[str, dict[str, Any]]:
    done = CliRunner().invoke(app, ["doctor", "--json"])
    return {one["what"]: one for one in json.loads(done.stdout)["findings"]}


def test_the_doctor_says_what_is_searched(
    tmp_path: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "none"))
    found = findings()["knowledge"]
    assert not found["good"], "the model named fake is nowhere"
    assert "fake is neither a folder nor in the hub's cache" in found["mend"]
    monkeypatch.setattr("cloudledger.cli.doctor.folder_here", lambda name: Path("/models") / name)
    found = findings()["knowledge"]
    assert found["good"]
    assert found["found"] == "places of documents: 0; fake in /models/fake; release 2 is live"
    wanted = {"model": "other", "sources": [{"name": "a", "uri": "file:///documents/"}]}
    monkeypatch.setenv("CLOUDLEDGER_KNOWLEDGE", json.dumps(wanted))
    told = findings()["knowledge"]["found"]
    assert "places of documents: 1; other in /models/other, fake in /models/fake" in told
    assert "of fake (float32): the next run embeds all anew" in told
    (tmp_path / "warehouse.read.duckdb").unlink()
    assert "no release is live: run the DAG" in findings()["knowledge"]["found"]


def test_without_places_and_releases_the_doctor_has_nothing_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "none"))
    found = findings()["knowledge"]
    assert (found["good"], found["found"]) == (True, "no place of documents is configured")
