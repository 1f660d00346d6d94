"""Parquet files of the lake: before they are committed, and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A Parquet file that lies in the table's folder and is not yet part of the table."""

    path: Path
    bytes: int
    lines: int
    provider: str
    day: date


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of the table: one object's lines of one provider's day."""

    path: Path
    object_id: str
    provider: str
    day: date
