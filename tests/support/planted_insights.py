"""Rows of the insights' tables, planted: what their page should show of them is known."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import Any

import numpy as np
import pyarrow as pa

from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.hourly_known import HOUR, HourlyCost
from cloudledger.insights.hourly_outlook import HourlyOutlook
from cloudledger.insights.hourly_store import LIMITS, SHOWN, save_hours
from cloudledger.run import Run
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

LAST = date(2026, 3, 20)
AS_OF = datetime(2026, 3, 22, 6, tzinfo=UTC)
DAY = timedelta(days=1)
WIDTHS = {"50": "0.1", "80": "0.2", "95": "0.5"}
"""How far each interval's bounds lie from the forecast, as a share of it."""

INSTANTS = ("as_of", "first_found_at", "said_at")


def plant(session: Session, table: str, *rows: dict[str, Any]) -> None:
    """Add rows, all with the same columns."""

    def kind(name: str, value: object) -> pa.DataType:
        if name in INSTANTS:
            return INSTANT
        if name.endswith("_day"):
            return pa.date32()
        if isinstance(value, Decimal):
            return MONEY
        return pa.int64() if isinstance(value, int) else pa.string()

    schema = pa.schema([(name, kind(name, value)) for name, value in rows[0].items()])
    session.insert(table, pa.Table.from_pylist(list(rows), schema=schema))


def costs(amounts: dict[date, str], **values: Any) -> list[dict[str, Any]]:
    """Rows of ``daily_cost`` by day, of Oracle's service COMPUTE unless told otherwise."""
    line = {
        "provider": "oci",
        "provider_name": "Oracle",
        "billing_account_id": "a",
        "sub_account_id": "analytics",
        "region_id": "fra",
        "service_name": "COMPUTE",
        "charge_category": "Usage",
        "charge_class": None,
        "billing_currency": "EUR",
        "tag_set_id": "none",
    } | values
    told = json.dumps(line)
    return [
        {
            "grain_key": md5(f"{told}{day}".encode(), usedforsecurity=False).hexdigest(),
            "charge_day": day,
            **line,
            "billed_cost": Decimal(amount),
            "effective_cost": Decimal(amount),
            "line_count": 1,
            "mart_version": 1,
        }
        for day, amount in amounts.items()
    ]


def series(series_id: str, kind: str = "total", *, currency: str = "EUR", **more: Any) -> Any:
    """A row of ``cost_series``."""
    return {
        "series_id": series_id,
        "kind": kind,
        "billing_currency": currency,
        "provider_name": more.get("provider"),
        "service_name": more.get("service"),
        "sub_account_id": more.get("sub_account"),
        "tag_key": more.get("tag_key"),
        "tag_value": more.get("tag_value"),
        "first_day": more.get("first_day", LAST - 9 * DAY),
        "last_day": LAST,
        "filling_days": more.get("filling_days", 0),
        "remark": more.get("remark"),
        "as_of": more.get("as_of", AS_OF),
        "run_id": "run",
    }


def bounds(amount: Decimal) -> dict[str, Decimal]:
    """``lower_50`` to ``upper_95`` around an amount."""
    return {
        f"{side}_{level}": amount * (Decimal(1) + sign * Decimal(width))
        for level, width in WIDTHS.items()
        for side, sign in (("lower", -1), ("upper", 1))
    }


def forecasts(
    series_id: str, cost: str, *, days: int = 90, as_of: datetime = AS_OF, widths: bool = True
) -> list[dict[str, Any]]:
    """A run's rows of ``cost_forecast``: ``cost`` each day, and thirty times as much this month."""
    day = Decimal(cost)
    dates = [("day", LAST + number * DAY, day) for number in range(1, days + 1)]
    months = [("month", date(2026, 3, 1), 30 * day), ("month", date(2026, 4, 1), 31 * day)]
    return [
        {
            "series_id": series_id,
            "forecaster": "smoothing",
            "model_version": "1",
            "origin_day": LAST,
            "grain": grain,
            "charge_day": when,
            "forecast_cost": amount,
            **(bounds(amount) if widths else dict.fromkeys(bounds(amount))),
            "as_of": as_of,
            "run_id": "run",
        }
        for grain, when, amount in (*dates, *months)
    ]


def forecast_sums(series_id: str, cost: str, *, as_of: datetime = AS_OF) -> list[dict[str, Any]]:
    """A run's rows of ``cost_forecast_sum``: 30 and 90 days of ``cost``."""
    return [
        {
            "series_id": series_id,
            "forecaster": "smoothing",
            "model_version": "1",
            "origin_day": LAST,
            "days": days,
            "forecast_cost": days * Decimal(cost),
            **bounds(days * Decimal(cost)),
            "as_of": as_of,
            "run_id": "run",
        }
        for days in (30, 90)
    ]


def event(event_id: str, series_id: str, *, end_day: date = LAST, **more: Any) -> dict[str, Any]:
    """A row of ``anomaly_event``: two days that cost 3 and should have cost 1.75."""
    return {
        "event_id": event_id,
        "series_id": series_id,
        "part_of": more.get("part_of"),
        "covered_by": more.get("covered_by"),
        "kind": "level_shift",
        "severity": more.get("severity", "high"),
        "material": more.get("material", 1),
        "start_day": end_day - DAY,
        "end_day": end_day,
        "peak_day": end_day,
        "billing_currency": "EUR",
        "expected_cost": Decimal("1.75"),
        "actual_cost": Decimal(3),
        "excess_cost": Decimal("1.25"),
        "detector": "residual",
        "sensitivity": "balanced",
        "first_found_at": AS_OF,
        "as_of": AS_OF,
        "run_id": "run",
    }


def cause(event_id: str, place: int, values: str, share: str, **more: int) -> dict[str, Any]:
    """A row of ``anomaly_cause``."""
    return {
        "event_id": event_id,
        "place": place,
        "dimension_values": values,
        "share_of_excess": Decimal(share),
        "amount": Decimal(share) * Decimal("1.25"),
        "is_new": more.get("is_new", 0),
        "offsets": more.get("offsets", 0),
    }


def runbook(event_id: str, place: int, title_path: str, score: str = "0.5") -> dict[str, Any]:
    """A row of ``event_runbook``."""
    return {
        "event_id": event_id,
        "place": place,
        "release_id": "release",
        "chunk_id": f"chunk {place}",
        "title_path": title_path,
        "uri": f"s3://docs/{place}.md",
        "score": Decimal(score),
        "run_id": "run",
        "as_of": AS_OF,
    }


def feedback(event_id: str, series_id: str, why: str) -> dict[str, Any]:
    """A row of ``anomaly_feedback``."""
    return {
        "event_id": event_id,
        "verdict": "expected",
        "series_id": series_id,
        "start_day": LAST - DAY,
        "end_day": LAST,
        "why": why,
        "said_by": "keeper",
        "said_at": AS_OF,
    }


def accuracy(kind: str, *, drifted: int = 0, measured_day: date = LAST) -> dict[str, Any]:
    """A row of ``forecast_accuracy``."""
    return {
        "measured_day": measured_day,
        "kind": kind,
        "billing_currency": "EUR",
        "forecaster": "smoothing",
        "model_version": "1",
        "first_lead": 1,
        "last_lead": 7,
        "series_count": 4,
        "points": 112,
        "mase": Decimal("0.876"),
        "wape": Decimal("0.1034"),
        "bias": Decimal("-0.02"),
        "coverage_50": Decimal("0.5"),
        "coverage_80": Decimal("0.81"),
        "coverage_95": Decimal("0.9512"),
        "drifted": drifted,
        "as_of": AS_OF,
        "run_id": "run",
    }


def trend(series_id: str, measure: str, amount: str, measured_day: date = LAST) -> dict[str, Any]:
    """A row of ``cost_trend``."""
    return {
        "series_id": series_id,
        "measured_day": measured_day,
        "measure": measure,
        "amount": Decimal(amount),
        "as_of": AS_OF,
        "run_id": "run",
    }


def plant_efficiency(session: Session, service: str, total: str, sku: str) -> None:
    """A score of which commitments and discount are not known, a change of two series in 30 days,
    a unit cost and a new price."""
    stamp = {"as_of": AS_OF, "run_id": "run"}
    first = LAST - 29 * DAY
    span = {"first_day": first, "last_day": LAST}
    score = {"billing_currency": "EUR", **span, "effective_cost": Decimal(200)}
    plant(session, "efficiency_score", score | {"score": Decimal("71.43")} | stamp)
    told = {"allocation": ("0.6", "0.444444"), "steadiness": ("0.8", "0.555556")}
    known = [
        {
            "billing_currency": "EUR",
            "part": part,
            "part_share": Decimal(share),
            "weight": Decimal(weight),
            "part_cost": 200 * Decimal(share),
            "whole_cost": Decimal(200),
            **stamp,
        }
        for part, (share, weight) in told.items()
    ]
    plant(session, "efficiency_part", *known)
    unknown = [
        {"billing_currency": "EUR", "part": part, **stamp} for part in ("commitments", "discount")
    ]
    plant(session, "efficiency_part", *unknown)
    change = {
        "compared": "days_30",
        "before_first_day": first - 30 * DAY,
        "before_last_day": first - DAY,
        **span,
        "cost_before": Decimal(160),
        "cost_after": Decimal(200),
        "quantity_effect": Decimal("25.5"),
        "mix_effect": Decimal("-5.5"),
        "price_effect": Decimal(15),
        "other_effect": Decimal(5),
        **stamp,
    }
    changed = [{"series_id": series_id} | change for series_id in dict.fromkeys((service, total))]
    plant(session, "cost_change_split", *changed)
    unit = {
        "series_id": service,
        "unit": "Requests",
        **span,
        "quantity": Decimal(1000),
        "cost": Decimal("0.0004"),
        "cost_per_unit": Decimal("0.0000004"),
        "cost_per_unit_before": Decimal("0.00000032"),
        **stamp,
    }
    plant(session, "unit_cost", unit)
    price = {
        "item_id": "item",
        "change_day": LAST - 5 * DAY,
        "billing_currency": "EUR",
        "provider_name": "Oracle",
        "service_name": "COMPUTE",
        "sku_id": sku,
        "unit": "Hours",
        "price_before": Decimal(2),
        "price_after": Decimal("2.5"),
        "effect_cost": Decimal(15),
        **stamp,
    }
    plant(session, "unit_price_change", price)


def plant_page(session: Session, hostile: str) -> None:
    """A total, two services of which one has a forecast, an event with two causes, and the
    accuracy of two levels; ``hostile`` names a service and a resource."""
    service = {"kind": "service", "provider": "Oracle"}
    plant(
        session,
        "cost_series",
        series("all", filling_days=1),
        series("dear", service="COMPUTE", **service),
        series("new", service=hostile, remark="one point is no history", **service),
    )
    plant(session, "cost_forecast", *forecasts("all", "2"), *forecasts("dear", "1"))
    plant(session, "cost_forecast_sum", *forecast_sums("all", "2"), *forecast_sums("dear", "1"))
    plant(
        session,
        "anomaly_event",
        event("one", "dear", severity="critical", material=0),
        event("two", "all", part_of="one"),
    )
    plant(
        session,
        "anomaly_cause",
        cause("one", 1, json.dumps({"resource_id": hostile}), "1.2", is_new=1),
        cause("one", 2, '{"region_id": "fra"}', "-0.2", offsets=1),
    )
    plant(session, "event_runbook", runbook("one", 1, hostile), runbook("one", 2, "Step by step"))
    plant(session, "anomaly_feedback", feedback("one", "dear", "a launch"))
    plant(session, "forecast_accuracy", accuracy("total", drifted=1), accuracy("service"))
    plant(session, "cost_trend", trend("all", "growth_30", "0.125"))


def hours(name: str, cost: float | None, kind: Kind = Kind.SERVICE) -> HourlyOutlook:
    """A series that costs the same each hour up to the end of ``LAST``, and in the 30 hours until
    ``AS_OF`` and the 48 after it; None: it has no hours."""
    values = {"provider_name": "AWS", "service_name": name} if kind is Kind.SERVICE else {}
    series = Series(md5(name.encode(), usedforsecurity=False).hexdigest(), kind, "EUR", values)
    if cost is None:
        return HourlyOutlook(HourlyCost(series, Decimal(0), remark="of days"), "of days")
    end = AS_OF - 30 * HOUR
    costs = (Decimal(repr(cost)),) * (SHOWN + 10)
    known = HourlyCost(series, Decimal("0.75"), end - len(costs) * HOUR, costs)
    mean = np.full(78, cost)
    return HourlyOutlook(known, "", "weekly", end, mean, dict.fromkeys(LIMITS, mean))


def plant_hours(session: Session, hostile: str) -> None:
    """A total of 2 an hour, a service of 1 that ``hostile`` names, and one without hours."""
    found = [hours("total", 2.0, Kind.TOTAL), hours(hostile, 1.0), hours("disks", None)]
    save_hours(session, Run("run", AS_OF), found)
