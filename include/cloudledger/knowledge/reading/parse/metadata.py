"""What a document says of itself, from whatever its format calls it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from cloudledger.knowledge.document import Metadata
from cloudledger.knowledge.reading.normalise import cut, normalised

log = logging.getLogger(__name__)

TITLE_BYTES = 512
VALUE_BYTES = 128
"""What the tables document and document_tag keep of a title, and of every other value."""

_TAGS_END = re.compile(r"[,;\n]")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y")

Value = str | Iterable[str] | date | None


def metadata(told: Mapping[str, Value], where: str) -> Metadata:
    """The metadata among named values; what is too long for its column is cut, and logged.

    :param told: by lower-case name: title, department, category, region, date, tags (or keywords).
    :param where: the document, for the log.
    """
    return Metadata(
        title=_text(told, "title", TITLE_BYTES, where) or "",
        department=_text(told, "department", VALUE_BYTES, where),
        category=_text(told, "category", VALUE_BYTES, where),
        region=_text(told, "region", VALUE_BYTES, where),
        document_date=day(told.get("date"), where),
        tags=tags(told.get("tags") or told.get("keywords")),
    )


def tags(told: Value) -> tuple[str, ...]:
    """Distinct tags, sorted; of a text, what commas, semicolons or lines are between."""
    if told is None or isinstance(told, date):
        return ()
    parts = _TAGS_END.split(told) if isinstance(told, str) else told
    return tuple(sorted({tag for part in parts if (tag := cut(normalised(part), VALUE_BYTES))}))


def day(told: Value, where: str) -> date | None:
    """The date in UTC; what is no date, or could be two, is left out, and logged."""
    if isinstance(told, datetime):
        return told.astimezone(UTC).date() if told.tzinfo else told.date()
    if told is None or isinstance(told, date):
        return told
    text = normalised(told if isinstance(told, str) else " ".join(told))
    if not text:
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    try:
        return day(datetime.fromisoformat(text), where)
    except (ValueError, OverflowError):
        log.warning(
            "%s: its date %r is left out, which is no date such as 2025-01-31", where, text[:100]
        )
        return None


def _text(told: Mapping[str, Value], name: str, most: int, where: str) -> str | None:
    value = told.get(name)
    if not isinstance(value, str) or not (text := normalised(value)):
        return None
    if (kept := cut(text, most)) != text:
        log.warning("%s: of its %s, %d bytes are kept: %r", where, name, most, kept)
    return kept or None
