"""Where the statements come from that Oracle is sent: files, and what code composes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from annotated_types import Ge, Le

from cloudledger.knowledge.config import VectorIndex
from cloudledger.sql import SQL_ROOT
from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.statements import split
from oracle_checker import composed

_SHARED = "alerting governance insights knowledge ledger marts quality reporting"
SHARED = tuple(_SHARED.split())
"""The rooms of sql/ whose statements both engines run."""
OF_DUCKDB = ("duckdb", "focus", "lake")
"""The rooms that only DuckDB runs: reports are read and summed up by it, whatever the warehouse."""
PLACE = re.compile(r"\{(\w+)\}")
SAMPLE_RELEASE = "knowledge_vector_0123456789ab"


@dataclass(frozen=True, slots=True)
class Source:
    """A statement and where it is from; ``shared`` is what DuckDB runs, too."""

    origin: str
    statement: str
    shared: bool = False


def shared_files() -> list[Path]:
    return sorted(path for room in SHARED for path in (SQL_ROOT / room).rglob("*.sql"))


@cache
def every() -> tuple[Source, ...]:
    """All of them; what is written into a statement's places is the least and the most."""
    return (*_migrations(), *_shared(), *_of_oracle(), *_composed())


def _migrations() -> Iterator[Source]:
    for migration in migrations("oracle"):
        for step in migration.steps:
            name = f"sql/schema/oracle/{migration.name}.sql"
            yield Source(name, step.statement)
            if step.unless:
                yield Source(name, step.unless)


def _shared() -> Iterator[Source]:
    for path in shared_files():
        yield from _of_file(path, shared=True)


def _of_oracle() -> Iterator[Source]:
    for path in sorted((SQL_ROOT / "oracle").rglob("*.sql")):
        yield from _of_file(path, shared=False)


def _of_file(path: Path, *, shared: bool) -> Iterator[Source]:
    name = f"sql/{path.relative_to(SQL_ROOT)}"
    for one in split(path.read_text(encoding="utf-8")):
        for statement in filled(one):
            yield Source(name, statement, shared)


def _composed() -> Iterator[Source]:
    for statement in composed.recorded():
        yield Source("composed by OracleWarehouse", statement)


def filled(text: str) -> list[str]:
    """The statement with samples in its places: twice, where settings have a least and a most.

    :raises KeyError: a place that no sample is known of.
    """
    places = sorted(set(PLACE.findall(text)))
    if not places:
        return [text]
    made = [{place: sample(place)[end] for place in places} for end in (0, 1)]
    return list(dict.fromkeys(_written(text, parts) for parts in made))


def _written(text: str, parts: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: parts[place[1]], text)


def sample(place: str) -> tuple[str, str]:
    """The least and the most that is written into a place: a setting's bounds, or names."""
    if place in VectorIndex.model_fields:
        limits = VectorIndex.model_fields[place].metadata
        (least,) = (limit.ge for limit in limits if isinstance(limit, Ge))
        (most,) = (limit.le for limit in limits if isinstance(limit, Le))
        return str(least), str(most)
    if place == "dimensions":
        return "1", "65535"
    if place.endswith("index"):
        return (f"{SAMPLE_RELEASE}_ix",) * 2
    if place.endswith(("table", "name")):
        return (SAMPLE_RELEASE,) * 2
    raise KeyError(f"{{{place}}}: say in sources.sample what is written there")
