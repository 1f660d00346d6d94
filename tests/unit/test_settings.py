from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from cloudledger.project import PROJECT
from cloudledger.settings import Settings
from localcloud.samples.fleet import read_fleet

SOURCE = {"name": "oci", "kind": "oci_reports", "conn_id": "oci", "bucket": "b"}
AWS = {"kind": "aws_export", "conn_id": "aws", "bucket": "b", "prefix": "p/e", "usage_api": True}


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
        ({"given": {"curency": "EUR"}}, "curency: no report format asks for it; .* currency"),
    ],
)
def test_a_wrong_source_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Settings(sources=(SOURCE | change,))


def test_a_source_may_say_what_its_files_do_not() -> None:
    given = {"currency": "EUR", "cluster": "shop", "billing_account_id": "1"}
    (source,) = Settings(sources=(SOURCE | {"given": given},)).sources
    assert source.given == given


def test_two_sources_may_not_share_a_name() -> None:
    with pytest.raises(ValidationError, match="oci: named more than once"):
        Settings(sources=(SOURCE, SOURCE))


@pytest.mark.parametrize(
    "sources",
    [
        [SOURCE | {"usage_api": True}, SOURCE | {"usage_api": True, "name": "focus"}],
        [AWS | {"name": "one"}, AWS | {"name": "two", "usage_account": "2"}],
        [AWS | {"name": name, "usage_account": "1"} for name in ("one", "two")],
    ],
)
def test_a_usage_api_is_asked_by_one_source(sources: list[dict[str, object]]) -> None:
    with pytest.raises(ValidationError, match="asks the same usage API"):
        Settings.model_validate({"sources": sources})


def test_usage_apis_are_asked_for_the_tenancy_or_the_payer() -> None:
    oci, other, aws = (
        Settings.model_validate({"sources": [source]}).sources[0]
        for source in (SOURCE, SOURCE | {"usage_account": "t"}, AWS | {"name": "aws"})
    )
    assert [each.usage_account_id for each in (oci, other, aws)] == ["b", "t", ""]
    assert [each.provider for each in (oci, aws)] == ["oracle", "aws"]
    pair = [AWS | {"name": name, "usage_account": name} for name in ("one", "two")]
    assert len(Settings.model_validate({"sources": [SOURCE, *pair]}).sources) == 3


def test_sources_count_by_priority_then_in_their_order(config: Path) -> None:
    config.write_text(
        "sources:\n"
        + "".join(
            f"  - {SOURCE | {'name': name, 'priority': priority}}\n"
            for name, priority in (("one", 0), ("two", 5), ("three", 0), ("four", -1))
        )
    )
    assert Settings().precedence == ("two", "one", "three", "four")


def test_series_are_of_tags_that_cost_is_kept_by() -> None:
    kept = {"tag_keys": ["owner", "team"]}
    assert Settings.model_validate(kept).series_tag_keys == ("owner", "team")
    fewer = Settings.model_validate(kept | {"insights_tag_keys": ["team"]})
    assert fewer.series_tag_keys == ("team",)
    with pytest.raises(ValidationError, match="daily_cost is not kept by it"):
        Settings.model_validate(kept | {"insights_tag_keys": ["cost_center"]})


def test_the_methods_that_can_be_chosen_are_those_there_are() -> None:
    from cloudledger.insights.methods import DETECTORS, FORECASTERS

    for field, methods in (("forecaster", FORECASTERS), ("detector", DETECTORS)):
        kind = Settings.model_fields[f"insights_{field}"].annotation
        assert set(get_args(kind)) == set(methods)
