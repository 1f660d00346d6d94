"""Which run writes a row, and what it knew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Run:
    """Which run writes, and the instant up to which it knew everything."""

    run_id: str
    as_of: datetime
