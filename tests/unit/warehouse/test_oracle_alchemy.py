"""SQLAlchemy's Oracle dialect and the checker agree on vectors: two readings of one manual."""

from __future__ import annotations

from typing import Any

import pytest
from oracle_checker import judge, parsed, vector
from oracle_checker.words import plain
from sqlalchemy import Column, Index, MetaData, String, Table, select
from sqlalchemy.dialects.oracle import (
    VECTOR,
    VectorDistanceType,
    VectorIndexConfig,
    VectorIndexType,
    VectorStorageFormat,
    VectorStorageType,
    dialect,
)
from sqlalchemy.schema import CreateIndex, CreateTable

FORMATS = [None, *VectorStorageFormat]
HNSW = VectorIndexConfig(
    index_type=VectorIndexType.HNSW,
    distance=VectorDistanceType.COSINE,
    accuracy=95,
    hnsw_neighbors=40,
    hnsw_efconstruction=500,
    parallel=4,
)
IVF = VectorIndexConfig(
    index_type=VectorIndexType.IVF,
    distance=VectorDistanceType.DOT,
    accuracy=90,
    ivf_neighbor_partitions=10,
    ivf_sample_per_partition=5,
    ivf_min_vectors_per_partition=0,
)


def passages(**details: Any) -> Table:
    return Table(
        "passage",
        MetaData(),
        Column("passage_id", String(32), primary_key=True),
        Column("embedding", VECTOR(**details)),
    )


def compiled(construct: Any, **details: Any) -> str:
    return str(construct.compile(dialect=dialect(), **details)).strip()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("storage", [None, *VectorStorageType])
def test_its_columns_are_taken(form: VectorStorageFormat, storage: VectorStorageType):
    made = compiled(CreateTable(passages(dim=384, storage_format=form, storage_type=storage)))
    assert "VECTOR(384," in made
    told = list(vector.columns(made))
    sparse_binary = (form, storage) == (VectorStorageFormat.BINARY, VectorStorageType.SPARSE)
    assert told == (["a BINARY vector is not SPARSE"] if sparse_binary else [])


def test_its_table_parses():
    made = compiled(CreateTable(passages(dim=384, storage_format=VectorStorageFormat.FLOAT32)))
    assert parsed.violations(made.replace("CHAR)", "BYTE)")) == ()


@pytest.mark.parametrize("config", [HNSW, IVF], ids=["hnsw", "ivf"])
def test_its_indexes_are_taken(config: VectorIndexConfig):
    table = passages(dim=384, storage_format=VectorStorageFormat.FLOAT32)
    index = Index("passage_ix", table.c.embedding, oracle_vector=config)
    made = compiled(CreateIndex(index))
    known = judge.world([HERE, made])
    assert list(judge.problems(made, known)) == []
    assert vector.made(made) == ("passage", "embedding", config.distance.value)


HERE = "CREATE TABLE passage (passage_id VARCHAR2(32 BYTE), embedding VECTOR(384, FLOAT32))"


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"accuracy": 101}, "1 to 100"),
        ({"hnsw_neighbors": 1}, "2 to 2048"),
        ({"hnsw_efconstruction": 65536}, "1 to 65535"),
        ({"distance": None}, "say its DISTANCE"),
    ],
)
def test_what_it_lets_through_is_told(details: dict[str, Any], said: str):
    table = passages(dim=384)
    config = VectorIndexConfig(**({"distance": VectorDistanceType.COSINE} | details))
    made = compiled(CreateIndex(Index("passage_ix", table.c.embedding, oracle_vector=config)))
    assert any(said in one for one in vector.index(made))


def test_its_search_has_the_form_of_ours_but_for_the_operator():
    """It writes ``<=>``; no parser at hand reads that, so statements say VECTOR_DISTANCE."""
    table = passages(dim=384, storage_format=VectorStorageFormat.FLOAT32)
    near = table.c.embedding.cosine_distance([1.0])
    found = select(table.c.passage_id).order_by(near).fetch(10, oracle_fetch_approximate=True)
    made = plain(compiled(found))
    assert "FETCH APPROX FIRST" in made
    known = judge.world([HERE])
    assert any("<=>" in one for one in judge.problems(made, known))
    ours = made.replace("passage.embedding <=>", "VECTOR_DISTANCE(passage.embedding,")
    ours = ours.replace(" FETCH", ", COSINE) FETCH")
    ours = ours.replace("__ [ POSTCOMPILE_param_1 ]", ":k")
    assert list(judge.problems(ours, known)) == [], ours
