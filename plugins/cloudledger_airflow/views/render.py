"""Templates into pages: everything that is shown is escaped, nothing may run but our own file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cloudledger.focus.columns import NO_CURRENCY
from cloudledger.reporting import efficiency, page_format, page_insights
from cloudledger.reporting.page_format import NOTHING

FOLDER = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_OBJECT = re.compile(r"\b([0-9a-f]{32})\b(?= record )")


def _names(columns: str | None) -> str:
    return ", ".join(json.loads(columns or "[]")) or "none"


def _linked(text: str | None) -> Markup:
    """The text, its line's object a link to the object's page."""
    return Markup(  # noqa: S704
        _OBJECT.sub(r'<a href="object?id=\1">\1</a>', str(escape(text or NOTHING)))
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["no_currency"] = NO_CURRENCY
    environment.filters |= {
        name: getattr(page_format, name)
        for name in (
            *("exactly", "money", "count", "percent", "ratio", "places"),
            *("instant", "day", "span", "size", "clipped"),
        )
    }
    environment.filters |= {"names": _names, "linked": _linked}
    environment.filters |= {"price": efficiency.price}
    environment.globals |= {"growth": efficiency.growth, "unknown_parts": efficiency.UNKNOWN}
    environment.globals |= {"compared_words": efficiency.COMPARED}
    environment.filters |= {
        name: getattr(page_insights, name) for name in ("described", "dimension_values", "word")
    }
    return environment


_ENVIRONMENT = _environment()


def page(template: str, here: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """One page; ``here`` is the entry of the menu that it belongs to."""
    text = _ENVIRONMENT.get_template(template).render(here=here, **values)
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def static(name: str, media_type: str) -> Response:
    """One of our own files."""
    content = (FOLDER / "static" / name).read_bytes()
    return Response(content, media_type=media_type, headers=HEADERS | {"Cache-Control": "no-cache"})
