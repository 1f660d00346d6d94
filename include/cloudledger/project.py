"""The project's folder, which relative paths of the settings count from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

PROJECT = Path(__file__).resolve().parents[2]


def _from_project(path: Path) -> Path:
    return PROJECT / path.expanduser()


ProjectPath = Annotated[Path, AfterValidator(_from_project)]
