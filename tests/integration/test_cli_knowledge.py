"""Searches in the terminal, and what is told of the releases that they read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.document import Metadata
from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.embedding.encoder import ModelUnusable
from tests.support.empty_warehouse import migrated
from tests.support.encoders import FakeEncoder, open_fake
from tests.support.knowledge_shelf import shelved, written

NAT = written(
    "runbooks/nat.md",
    "NAT gateway",
    ("Cost of traffic", "A NAT gateway charges for each gigabyte that passes through it."),
    ("Private endpoints", "A private endpoint keeps traffic to storage away from the gateway."),
    metadata=Metadata(category="runbook", region="eu-central-1", tags=("nat", "network")),
    modified_at=datetime(2021, 1, 31, tzinfo=UTC),
)
TRAVEL = written(
    "policies/travel.md",
    "Travel policy",
    ("Trains", "Trains are booked in second class, hotels up to 120 EUR a night."),
    metadata=Metadata(
        department="Legal", category="policy", document_date=date(2020, 1, 31), tags=("travel",)
    ),
)
FAKE = FakeEncoder()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDLEDGER_KNOWLEDGE", '{"model": "fake", "precision": "float32"}')
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.setattr(model, "open_encoder", open_fake)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A warehouse with a live release of two documents."""
    path = tmp_path / "warehouse.duckdb"
    with migrated(path) as warehouse:
        with warehouse.transaction() as session:
            shelved(session, [NAT, TRAVEL], FAKE, number=3)
        warehouse.publish_copy()
    return path


def cloudledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"})


def found(*arguments: str) -> list[dict[str, Any]]:
    done = cloudledger("search", *arguments, "--json")
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(done.stdout)["found"]
    return rows


@pytest.mark.usefixtures("shelf")
def test_a_search_tells_passages_with_where_they_stand_and_how_near_they_are() -> None:
    done = cloudledger("search", "what does a NAT gateway charge for a gigabyte")
    assert done.exit_code == 0, done.output
    (best,) = [one for one in done.stdout.splitlines() if one.startswith(" 1. ")]
    assert "NAT gateway > Cost of traffic" in best
    assert "cosine 0." in best
    assert "1st by words" in best
    for words in (
        "file:///shelf/runbooks/nat.md  section 1",
        "runbook · eu-central-1",
        "Legal · policy · 2020-01-31",
        "    A NAT gateway charges for each gigabyte that passes through it.",
        f"passage {NAT.chunks[0].chunk_id}",
        "3 passages of release 3 (fake, 2 documents)",
    ):
        assert words in done.stdout, words


@pytest.mark.usefixtures("shelf")
def test_json_has_everything_that_a_search_found() -> None:
    told = json.loads(cloudledger("search", "NAT gigabyte", "--k", "1", "--json").stdout)
    (best,) = told["found"]
    assert told["release"]["number"] == 3
    assert best["chunk_id"] == NAT.chunks[0].chunk_id
    assert best["body"] == NAT.chunks[0].body
    assert -1 <= best["cosine"] <= 1


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("filters", "documents"),
    [
        (["--where", "department=Legal"], {TRAVEL.uri}),
        (["--where", "category=runbook", "--where", "tag=network"], {NAT.uri}),
        (["--where", "region=eu-central-1"], {NAT.uri}),
        (["--where", "source=shelf"], {NAT.uri, TRAVEL.uri}),
        (["--where", "uri=file:///shelf/policies/"], {TRAVEL.uri}),
        (["--where", "tag=nat", "--where", "category=policy"], set()),
        (["--since", "2020-01-31"], {TRAVEL.uri}),
        (["--since", "2020-02-01"], set()),
        (["--until", "2020-01-30"], set()),
    ],
)
def test_only_documents_that_are_asked_for_are_found(
    filters: list[str], documents: set[str]
) -> None:
    assert {one["uri"] for one in found("gateway or train", *filters)} == documents


@pytest.mark.usefixtures("shelf")
def test_nothing_found_is_told() -> None:
    done = cloudledger("search", "gateway", "--where", "tag=none")
    assert done.exit_code == 0
    assert done.stdout == "no passage of release 3 (fake, 2 documents)\n"
    assert found("gateway", "--min-score", "1") == []


@pytest.mark.usefixtures("shelf")
def test_a_search_by_words_loads_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def unusable(knowledge: Knowledge) -> FakeEncoder:
        raise ModelUnusable(f"{knowledge.model} is not here: bring it")

    monkeypatch.setattr(model, "open_encoder", unusable)
    (one,) = found("trains", "--mode", "words")
    assert (one["uri"], one["cosine"], one["word_rank"]) == (TRAVEL.uri, None, 1)
    failed = cloudledger("search", "trains")
    assert (failed.exit_code, failed.stderr) == (1, "cloudledger: fake is not here: bring it\n")


@pytest.mark.usefixtures("shelf")
def test_questions_are_asked_with_the_release_s_own_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDLEDGER_KNOWLEDGE", '{"model": "another", "precision": "bfloat16"}')
    assert found("NAT gigabyte")[0]["uri"] == NAT.uri


@pytest.mark.usefixtures("shelf")
def test_newer_documents_come_first_when_they_are_to() -> None:
    asked = ("gateway or trains", "--mode", "words")
    assert found(*asked)[0]["uri"] == TRAVEL.uri
    assert found(*asked, "--newer-half-life", "100")[0]["uri"] == NAT.uri


@pytest.mark.usefixtures("shelf")
def test_passages_for_a_prompt_are_cited_and_keep_to_the_tokens() -> None:
    done = cloudledger("search", "NAT gateway traffic", "--context", "200")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("[1] NAT gateway > Cost of traffic (section 1, section 2)\n")
    assert "[2] Travel policy > Trains (section 1)" in done.stdout
    told = json.loads(
        cloudledger("search", "NAT gateway traffic", "--context", "40", "--json").stdout
    )
    assert 0 < told["tokens"] <= 40
    assert [one["uri"] for one in told["passages"]] == [NAT.uri]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--where", "team=a"], "a key of department, category, region, tag, source, uri"),
        (["--where", "tag"], "give KEY=VALUE"),
        (["--where", "tag=a", "--where", "tag=b"], "tag is given twice"),
        (["--mode", "sound"], "sound is none of hybrid, meaning, words"),
        (["--k", "101"], "less than or equal to 100"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: list[str], told: str) -> None:
    done = cloudledger("search", "gateway", *wrong)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([" "], "the question is empty: ask something"),
        (["gateway", "--mode", "words", "--min-score", "0.5"], "min_score is a cosine"),
    ],
)
def test_a_search_that_makes_no_sense_says_why(arguments: list[str], told: str) -> None:
    done = cloudledger("search", *arguments)
    assert done.exit_code == 1
    assert told in done.stderr


def test_before_any_release_a_search_says_what_to_do(tmp_path: Path) -> None:
    for publish in (False, True):
        if publish:
            with migrated(tmp_path / "warehouse.duckdb") as warehouse:
                warehouse.publish_copy()
        done = cloudledger("search", "gateway")
        assert done.exit_code == 1
        assert "knowledge.sources" in done.stderr
        assert "run the DAG knowledge_refresh" in done.stderr
