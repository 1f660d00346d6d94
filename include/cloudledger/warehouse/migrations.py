"""Numbered migrations: sql/schema/<engine>/<number>_<what>.sql, each applied once, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cloudledger.sql import SQL_ROOT
from cloudledger.warehouse.port import Engine, MigrationRefused
from cloudledger.warehouse.statements import Step, steps

APPLIED = "SELECT name, checksum FROM schema_migration ORDER BY name"
RECORD = "INSERT INTO schema_migration (name, checksum) VALUES (:name, :checksum)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; ``checksum`` is the SHA-256 of its text."""

    name: str
    checksum: str
    steps: tuple[Step, ...]

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements, whatever their conditions."""
        return tuple(step.statement for step in self.steps)


def migrations(engine: Engine) -> list[Migration]:
    """Every migration of an engine, in order.

    The first makes ``schema_migration`` itself, and is safe to run every time.
    """
    return [
        Migration(
            name=path.stem,
            checksum=hashlib.sha256(path.read_bytes()).hexdigest(),
            steps=tuple(steps(path.read_text(encoding="utf-8"))),
        )
        for path in sorted((SQL_ROOT / "schema" / engine).glob("[0-9]*.sql"))
    ]


def pending(known: Sequence[Migration], applied: Sequence[tuple[str, str]]) -> list[Migration]:
    """The migrations still to apply, given the (name, checksum) of the applied ones in order.

    :raises MigrationRefused: the applied ones are not the first of the known ones, unedited.
    """
    for position, (name, checksum) in enumerate(applied):
        ours = known[position] if position < len(known) else None
        if ours is None or ours.name != name:
            raise MigrationRefused(
                f"the database has migration {name} where this installation has "
                f"{ours.name if ours else 'none'}: install the version that brought {name}, or "
                "give the new migration a number after every applied one"
            )
        if ours.checksum != checksum:
            raise MigrationRefused(
                f"migration {name} was edited after it was applied (now {ours.checksum[:12]}, "
                f"applied {checksum[:12]}): put the file back and write a new migration"
            )
    return list(known[len(applied) :])
