from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from cloudledger.settings import PROJECT, Settings
from localcloud.samples.fleet import read_fleet

SOURCE = {"name": "oci", "kind": "oci_reports", "conn_id": "oci", "bucket": "b"}


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "HOME", "TAG_KEYS", "SOURCES", "WAREHOUSE_CONN_ID"):
        monkeypatch.delenv(f"CLOUDLEDGER_{name}", raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ledger.yaml"
    monkeypatch.setenv("CLOUDLEDGER_CONFIG", str(path))
    return path


def test_the_default_file_is_valid_and_the_same_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Settings()
    monkeypatch.chdir(tmp_path)
    assert Settings() == here
    assert here.home == PROJECT / ".local/ledger"
    assert here.lake.parent == here.warehouse.parent == here.home
    assert here.sources == ()


def test_the_demo_names_the_sources_of_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDLEDGER_CONFIG", "config/demo.yaml")
    assert [source.name for source in Settings().sources] == [
        source.id for source in read_fleet().sources
    ]


def test_the_environment_wins_over_the_file_and_arguments_over_both(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config.write_text("home: from-file\ntag_keys: [team]\nwarehouse_conn_id: from_file\n")
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "from-environment"))
    monkeypatch.setenv("CLOUDLEDGER_TAG_KEYS", '["cost_center"]')
    settings = Settings(tag_keys=("owner",))
    assert settings.home == tmp_path / "from-environment"
    assert settings.tag_keys == ("owner",)
    assert settings.warehouse_conn_id == "from_file"


def test_a_named_file_that_is_missing_is_not_passed_over(config: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"CLOUDLEDGER_CONFIG=.*ledger\.yaml"):
        Settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hoem: x", "hoem"),
        ("tag_keys: [a, b, a]", "a: named more than once"),
        ("warehouse_conn_id: ''", "warehouse_conn_id"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(config: Path, text: str, told: str) -> None:
    config.write_text(text)
    with pytest.raises(ValidationError, match=told):
        Settings()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Not-An-Identifier"}, "name"),
        ({"kind": "gcp"}, "kind"),
        ({"format": "cur"}, "cur is no report format; known are auto, oci_cost"),
        ({"bucket": ""}, "bucket"),
        ({"password": "secret"}, "password"),
        ({"kind": "aws_export"}, "needs its prefix"),
    ],
)
def test_a_wrong_source_is_refused(change: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(sources=(SOURCE | change,))


def test_two_sources_may_not_share_a_name() -> None:
    with pytest.raises(ValidationError, match="oci: named more than once"):
        Settings(sources=(SOURCE, SOURCE))
