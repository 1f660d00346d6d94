from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cloudledger.insights.load_columns import TOKENS
from cloudledger.load_source import LoadSource
from cloudledger.settings import Settings

CHAT = {
    "name": "chat",
    "conn_id": "aws",
    "uri": "s3://metrics/bedrock/",
    "layout": "bedrock",
    "capacity_per_unit": 400_000,
}


def source(**changes: Any) -> LoadSource:
    return LoadSource.model_validate(CHAT | changes)


def test_a_layout_is_taken_as_it_is_or_with_columns_of_one_s_own() -> None:
    columns = source(where={"ModelId": "claude"}).columns
    assert (columns.timestamp, columns.values, columns.gaps) == ("Timestamp", TOKENS, "zero")
    assert columns.where == {"ModelId": "claude"}
    own = source(layout="plain", timestamp="at", values=["calls"], gaps="zero").columns
    assert (own.timestamp, own.values, own.gaps) == ("at", ("calls",), "zero")


@pytest.mark.parametrize(
    ("uri", "prefix"),
    [
        ("s3://metrics/", ""),
        ("s3://metrics/bedrock/chat/", "bedrock/chat/"),
        ("oci://tenancy/metrics/", ""),
        ("oci://tenancy/metrics/genai/", "genai/"),
    ],
)
def test_the_prefix_is_what_follows_the_bucket(uri: str, prefix: str) -> None:
    assert source(uri=uri).prefix == prefix


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"uri": "https://metrics/"}, "uri"),
        ({"uri": "oci://tenancy/metrics"}, "uri"),
        ({"layout": "guess"}, "known are plain, bedrock, oci_generative_ai"),
        ({"capacity_per_unit": 0}, "capacity_per_unit"),
        ({"metrics": ["InputTokenCount"]}, "name the column of metrics"),
        ({"min_units": 3, "max_units": 2}, "max_units=2"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_what_cannot_be_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        source(**wrong)


def test_loads_have_names_of_their_own() -> None:
    with pytest.raises(ValidationError, match="chat: named more than once"):
        Settings(load_sources=(source(), source()))
