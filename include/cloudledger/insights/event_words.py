"""An anomaly event in the words that a runbook for it would use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cloudledger.insights.event_store import causes, events
from cloudledger.lake.table import Lake
from cloudledger.ledger.known_lines import known_lines
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

DAY = timedelta(days=1)
HAPPENED = {
    "spike": "cost jumped for a day",
    "burst": "cost was far higher for some days, then fell back",
    "ramp": "cost grows day by day",
    "drop": "cost dropped",
    "level_shift": "cost stepped up and stays",
    "new_spend": "new spend that was not there before",
}
OPAQUE = re.compile(r"[a-z0-9-]{20,}")
"""An id, which is no word."""
PRICE = re.compile(r"^\$[\d.]+ per ")


@dataclass(frozen=True, slots=True)
class EventWords:
    """A material event: ``kind`` as in ``anomaly_event``, ``text`` in English."""

    event_id: str
    kind: str
    text: str


def event_words(
    session: Session,
    lake: Lake,
    as_of: datetime,
    since: date,
    *,
    precedence: Sequence[str],
    without: Collection[str] = (),
) -> list[EventWords]:
    """The material events that end on ``since`` or later, the latest first.

    :param without: ids of events that are not asked for.
    :param precedence: the sources' names, the one that counts first before the others.
    """
    explained = causes(session, since)
    found = []
    for event in events(session, since, with_parts=False, material_only=True):
        if event["event_id"] in without:
            continue
        first = next(iter(explained.get(event["event_id"], ())), None)
        values = {**_common(event), **(first["dimension_values"] if first else {})}
        charged = _charged_for(session, lake, as_of, event, values, precedence)
        text = _told(event["kind"], values, charged)
        found.append(EventWords(event["event_id"], event["kind"], text))
    return found


def _common(event: Mapping[str, Any]) -> dict[str, str]:
    names = ("provider_name", "service_name", "region_id")
    return {name: event[name] for name in names if event[name]}


def _charged_for(
    session: Session,
    lake: Lake,
    as_of: datetime,
    event: Mapping[str, Any],
    values: Mapping[str, str],
    precedence: Sequence[str],
) -> str:
    """Such as ``Outbound Data Transfer - Zone 1``; a drop may have left nothing to say it."""
    first_day, end_day = event["start_day"], event["end_day"] + DAY
    with known_lines(
        session, lake, as_of, first_day=first_day, end_day=end_day, precedence=precedence
    ) as con:
        row = con.execute(
            statement("lake/charge_descriptions"),
            {
                "billing_currency": event["billing_currency"],
                "first_day": first_day,
                "end_day": end_day,
                **{name: values.get(name) for name in ("service_name", "sku_id", "resource_id")},
            },
        ).fetchone()
    return PRICE.sub("", row[0]) if row else ""


def _told(kind: str, values: Mapping[str, str], charged: str) -> str:
    """``spike: cost jumped for a day. NETWORK: Outbound Data Transfer - Zone 1. vnic, prod``."""
    resource = " ".join(
        word for word in _resource(values.get("resource_id", "")) if not OPAQUE.search(word)
    )
    about = ", ".join(filter(None, (resource, values.get("tag:environment"))))
    where = ": ".join(filter(None, (values.get("service_name"), charged)))
    return ". ".join(filter(None, (f"{kind.replace('_', ' ')}: {HAPPENED[kind]}", where, about)))


def _resource(resource_id: str) -> Sequence[str]:
    """What kind of thing an OCID or ARN names, and its name."""
    if resource_id.startswith("ocid1."):
        return resource_id.split(".")[1:2]
    if resource_id.startswith("arn:"):
        return re.split(r"[/:]", resource_id.split(":", 5)[-1])
    return [resource_id]
