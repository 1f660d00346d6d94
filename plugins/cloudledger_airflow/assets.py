"""The assets that tie the DAGs together."""

from __future__ import annotations

from airflow.sdk import Asset

DAILY_COST = Asset("daily_cost")
"""The warehouse's ``daily_cost``; an event's extra is
``{"days": ["2026-03-01", ...], "ledger_version": 12}``."""

INSIGHTS = Asset("insights")
"""Forecasts, events and trends, each time that a run has told them."""

KNOWLEDGE = Asset("knowledge")
"""The documents that are searched, each time that a release takes over; an event's extra is
``{"release_id": "3f...", "release_number": 12}``."""
