"""Notifications in a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.alerting.outbox import Message
from cloudledger.reporting.terminal import grid

STYLE = {"sent": "green", "dead": "bold red", "pending": "yellow"}


def figures(one: Message) -> dict[str, Any]:
    """Everything, as plain values."""
    return {
        "notification_id": one.notification_id,
        "channel": one.channel,
        "state": one.state,
        "severity": one.severity.value,
        "title": one.event["subject"],
        "created_at": one.created_at,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at if one.ended_at is None else None,
        "ended_at": one.ended_at,
        "last_error": one.last_error,
        "event": one.event,
    }


def show(out: Console, found: Sequence[Message]) -> None:
    """One line each, with what the channel said last."""
    if not found:
        out.print("no notifications")
        return
    table = grid("notification", "channel", "state", "created, UTC", "what", attempts="attempts")
    for one in found:
        style = STYLE.get(one.state, "")
        state = f"[{style}]{one.state}[/]" if style else one.state
        what = escape(one.event["subject"])
        if one.last_error and one.state != "sent":
            what += f"\n[dim]{escape(one.last_error)}[/]"
        table.add_row(
            one.notification_id,
            one.channel,
            state,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            what,
            str(one.attempts),
        )
    out.print(table)
