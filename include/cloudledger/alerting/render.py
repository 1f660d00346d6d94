"""An event as a person reads it, from the templates, and no larger than its channel takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from cloudledger.alerting.event import Event, first_alerts, one_line

Rendered = TypeVar("Rendered")
SLACK_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
"""Source: https://docs.slack.dev/messaging/formatting-message-text/#escaping"""


class TooLarge(ValueError):
    """Not even the event's title fits its channel."""


def subject(event: Event, most: int = 200) -> str:
    """One line."""
    return one_line(_render("subject.txt", event), most)


def text(event: Event) -> str:
    """Plain text."""
    return _render("message.txt", event)


def html(event: Event) -> str:
    """A page for a mail, every value escaped."""
    return _render("message.html", event)


def slack(event: Event) -> str:
    """JSON with Slack's blocks."""
    return _render("slack.json", event)


def fitted(
    event: Event, render: Callable[[Event], Rendered], fits: Callable[[Rendered], bool]
) -> Rendered:
    """What ``render`` makes of the event with as many of its alerts as fit, the worst first; the
    templates note how many are left out.

    :raises TooLarge: it does not fit without any alert.
    """
    if fits(whole := render(event)):
        return whole
    fewest, most = 0, int(event["data"]["alerts"])
    if not fits(best := render(first_alerts(event, 0))):
        raise TooLarge(f"event {event['id']}: its title alone is too large for the channel")
    while most - fewest > 1:
        middle = (fewest + most) // 2
        if fits(tried := render(first_alerts(event, middle))):
            fewest, best = middle, tried
        else:
            most = middle
    return best


def within(most_bytes: int) -> Callable[[str], bool]:
    """Whether a text has at most so many bytes in UTF-8."""
    return lambda told: len(told.encode()) <= most_bytes


def _render(template: str, event: Event) -> str:
    return _template(template).render(event=event, data=event["data"]).strip() + "\n"


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"slack": _slack_escaped, "line": one_line}
    return environment.get_template(name)


def _slack_escaped(told: str, most: int) -> str:
    """Text for Slack's mrkdwn, cut to so many characters, which are counted escaped."""
    for plain, escape in SLACK_ESCAPES:
        told = told.replace(plain, escape)
    if len(told) <= most:
        return told
    return re.sub(r"&[a-z]*$", "", told[: most - 3]) + "..."
