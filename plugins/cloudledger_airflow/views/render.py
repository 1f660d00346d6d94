"""Templates into pages: everything that is shown is escaped, nothing may run but our own file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cloudledger.reporting import page_format
from cloudledger.reporting.page import SHEET_ROWS

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


def _names(columns: str | None) -> str:
    return ", ".join(json.loads(columns or "[]")) or "none"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["rows_a_page"] = SHEET_ROWS
    environment.filters |= {
        name: getattr(page_format, name)
        for name in ("exactly", "money", "count", "instant", "day", "size", "clipped")
    }
    environment.filters["names"] = _names
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
