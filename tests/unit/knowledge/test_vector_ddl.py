"""Oracle's vector tables and indexes: as SQLAlchemy's dialect would write them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Column, Index, MetaData, Table
from sqlalchemy.dialects import oracle
from sqlalchemy.dialects.oracle import (
    VECTOR,
    VectorDistanceType,
    VectorIndexConfig,
    VectorIndexType,
    VectorStorageFormat,
)
from sqlalchemy.schema import CreateIndex

from cloudledger.knowledge.config import VectorIndex
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.index import _build
from cloudledger.knowledge.statements import filled

RELEASE = Release("0123456789abcdef", 1, "building", "e", "p", "m", "float32", 384, 1, 1)


def _words(statement: str) -> list[str]:
    return re.findall(r"\w+|[(),]", re.sub(r"--[^\n]*", "", statement).upper())


def _of_sqlalchemy(index: VectorIndex) -> list[str]:
    embedding = Column("embedding", VECTOR(384, VectorStorageFormat.FLOAT32))
    Table(RELEASE.vector_table, MetaData(), embedding)
    config = VectorIndexConfig(
        index_type=VectorIndexType[index.kind.upper()],
        distance=VectorDistanceType.COSINE,
        accuracy=index.target_accuracy,
        parallel=index.parallel,
        **(
            {"hnsw_neighbors": index.neighbors, "hnsw_efconstruction": index.efconstruction}
            if index.kind == "hnsw"
            else {"ivf_neighbor_partitions": index.partitions}
        ),
    )
    made = Index(RELEASE.vector_index, embedding, oracle_vector=config)
    return _words(str(CreateIndex(made).compile(dialect=oracle.dialect())))


@pytest.mark.parametrize(
    "index",
    [
        VectorIndex(),
        VectorIndex(kind="hnsw", neighbors=2048, efconstruction=65535, parallel=1),
        VectorIndex(kind="ivf", partitions=10, target_accuracy=80),
    ],
)
def test_an_index_is_what_the_dialect_compiles(index: VectorIndex):
    assert _words(_build(RELEASE, index)) == _of_sqlalchemy(index)


def test_a_column_is_what_the_dialect_compiles():
    text = filled(
        "create_vector_table", "oracle", vector_table=RELEASE.vector_table, dimensions=384
    )
    compiled = VECTOR(384, VectorStorageFormat.FLOAT32).compile(dialect=oracle.dialect())
    dense = compiled.removesuffix(",*)") + ")"
    assert dense.replace(",", ", ") in text


def test_names_fit_oracle():
    assert len(f"{RELEASE.vector_table}_pk") <= 128
    assert len(RELEASE.vector_table) <= 30, "PLAN_TABLE.STATEMENT_ID holds it"
