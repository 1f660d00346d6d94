"""How many things of a kind the tenancy may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Limits:
    """Service limits, to be lowered for a test."""

    budgets: int = 1000
    quotas: int = 1000
    pool_size: int = 500
