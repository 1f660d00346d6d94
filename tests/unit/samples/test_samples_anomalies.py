"""The planted anomalies stand out from the bills that the files add up to."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from statistics import median

import pytest

from localcloud.samples import Anomaly, Manifest
from tests.unit.samples.report_lines import COLUMNS, final_reports, lines_of

KEYS = {
    "oci_main": ("product/resourceId", "cost/productSku"),
    "oci_lab": ("ResourceId", "SkuId"),
    "aws_main": ("ResourceId", "x_UsageType"),
}
Series = dict[date, float]


@pytest.fixture(scope="module")
def bills(sample_set: Manifest) -> dict[tuple[str, str], Series]:
    """Daily billed cost by resource and SKU."""
    found: dict[tuple[str, str], Series] = defaultdict(lambda: defaultdict(float))
    for delivery in final_reports(sample_set):
        start, _, cost = COLUMNS[delivery.source]
        resource, sku = KEYS[delivery.source]
        bad = {line.record_number for line in delivery.bad_lines}
        for number, line in enumerate(lines_of(sample_set, delivery), start=1):
            if number not in bad and line[resource]:
                key = (line[resource], line[sku].removeprefix("EUC1-"))
                found[key][date.fromisoformat(line[start][:10])] += float(line[cost])
    return found


def days_of(anomaly: Anomaly) -> list[date]:
    length = (anomaly.last_day - anomaly.first_day).days + 1
    return [anomaly.first_day + timedelta(days=day) for day in range(length)]


def usual(series: Series, day: date, before: date) -> float:
    """The median of the same weekday in the five weeks before ``before``."""
    weeks = [day - timedelta(days=7 * week) for week in range(1, 12)]
    return median([series.get(each, 0.0) for each in weeks if each < before][:5])


def test_every_kind_is_planted(sample_set: Manifest) -> None:
    kinds = {anomaly.kind for anomaly in sample_set.anomalies}
    assert kinds == {"spike", "burst", "ramp", "level_shift", "drop", "new_resource"}
    assert {anomaly.cloud for anomaly in sample_set.anomalies} == {"oci", "aws"}


def test_the_excess_is_what_the_bills_show(
    sample_set: Manifest, bills: dict[tuple[str, str], Series]
) -> None:
    for anomaly in sample_set.anomalies:
        series = bills[anomaly.resource_id, anomaly.sku]
        seen = sum(
            series.get(day, 0.0) - usual(series, day, anomaly.first_day) for day in days_of(anomaly)
        )
        assert seen == pytest.approx(float(anomaly.excess), rel=0.2), anomaly.id


def test_every_event_is_far_outside_the_usual_noise(
    sample_set: Manifest, bills: dict[tuple[str, str], Series]
) -> None:
    for anomaly in sample_set.anomalies:
        series = bills[anomaly.resource_id, anomaly.sku]
        quiet = [anomaly.first_day - timedelta(days=day) for day in range(1, 29)]
        scale = median(abs(series.get(day, 0.0) - usual(series, day, day)) for day in quiet)
        worst = max(
            abs(series.get(day, 0.0) - usual(series, day, anomaly.first_day))
            for day in days_of(anomaly)
        )
        assert worst > 6 * 1.4826 * scale, anomaly.id
        assert worst > 5, anomaly.id


def test_a_new_resource_was_never_billed_before(
    sample_set: Manifest, bills: dict[tuple[str, str], Series]
) -> None:
    (anomaly,) = [each for each in sample_set.anomalies if each.kind == "new_resource"]
    assert min(bills[anomaly.resource_id, anomaly.sku]) == anomaly.first_day


def test_a_small_set_names_only_what_begins_in_it(small_set: Manifest) -> None:
    assert {anomaly.id for anomaly in small_set.anomalies} == {
        "egress-copy",
        "search-outage",
        "forgotten-gpu",
    }
    written = json.loads((small_set.root / "anomalies.json").read_text())
    assert [entry["id"] for entry in written] == [each.id for each in small_set.anomalies]
