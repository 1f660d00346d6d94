"""Every trap that docs/samples.md tells of is really in the files."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise

import pytest

from localcloud.samples import Delivery, Manifest
from tests.unit.samples.report_lines import final_reports, lines_of, reference_of, text_of


@pytest.fixture(params=["sample_set", "small_set"])
def samples(request: pytest.FixtureRequest) -> Manifest:
    found: Manifest = request.getfixturevalue(request.param)
    return found


def featured(manifest: Manifest, feature: str, source: str = "oci_main") -> list[Delivery]:
    return [d for d in manifest.deliveries if d.feature == feature and d.source == source]


def test_deliveries_are_in_order_and_come_every_six_hours(samples: Manifest) -> None:
    instants = [delivery.delivered_at for delivery in samples.deliveries]
    assert instants == sorted(instants)
    main = [d.delivered_at for d in samples.deliveries if d.source == "oci_main" and not d.feature]
    steps = {later - earlier for earlier, later in pairwise(main)}
    assert min(steps) == timedelta(hours=6)
    assert {instant.utcoffset() for instant in instants} == {timedelta(0)}


def test_some_lines_are_a_day_or_two_late(samples: Manifest) -> None:
    late = total = 0
    for delivery in final_reports(samples):
        if delivery.source == "oci_lab" and not delivery.feature:
            for line in lines_of(samples, delivery):
                age = delivery.delivered_at - datetime.fromisoformat(line["ChargePeriodEnd"])
                assert timedelta(0) < age < timedelta(hours=60)
                total += 1
                late += age > timedelta(hours=24)
    assert 0.005 < late / total < 0.05


def test_one_object_is_overwritten(samples: Manifest) -> None:
    first, second = featured(samples, "overwritten")
    assert (first.bucket, first.key) == (second.bucket, second.key)
    assert second.delivered_at - first.delivered_at == timedelta(hours=30)
    early = {line["lineItem/referenceNo"]: line for line in lines_of(samples, first)}
    final = {line["lineItem/referenceNo"]: line for line in lines_of(samples, second)}
    assert early.keys() < final.keys()
    changed = [key for key in early if early[key]["cost/myCost"] != final[key]["cost/myCost"]]
    assert len(changed) == 1


def test_no_oci_object_but_that_one_comes_twice(samples: Manifest) -> None:
    keys = [d.key for d in samples.deliveries if d.cloud == "oci" and d.feature != "overwritten"]
    assert len(keys) == len(set(keys))


def test_one_report_is_split(samples: Manifest) -> None:
    first, second = featured(samples, "split")
    assert first.key.endswith("-00001.csv.gz")
    assert second.key == first.key.replace("-00001", "-00002")
    assert abs(first.lines - second.lines) <= 1


def test_one_report_is_late(samples: Manifest) -> None:
    (late,) = featured(samples, "late")
    assert late.lines
    assert all(late.delivered_at.date() - held.day >= timedelta(days=10) for held in late.days)


def test_the_header_grows(samples: Manifest) -> None:
    grown = {"product/compartmentPath", "usage/attributedUsage", "cost/attributedCost"}
    headers: dict[tuple[str, ...], list[datetime]] = {}
    for delivery in samples.deliveries:
        if delivery.source == "oci_main":
            header = text_of(samples, delivery).partition("\n")[0].split(",")
            headers.setdefault(tuple(header), []).append(delivery.delivered_at)
    old, new = sorted(headers, key=len)
    assert set(new) - set(old) == grown
    assert [name for name in new if name not in grown] == list(old)
    assert max(headers[old]) < min(headers[new])
    assert r"tags/Ops\Team.pager" in old


def test_corrections_point_to_lines_of_other_files(sample_set: Manifest) -> None:
    for source, reference, back, start, is_correction in (
        (
            *("oci_main", "lineItem/referenceNo", "lineItem/backreferenceNo"),
            *("lineItem/intervalUsageStart", ("lineItem/isCorrection", "true")),
        ),
        (
            *("oci_lab", "oci_ReferenceNumber", "oci_BackReferenceNumber"),
            *("ChargePeriodStart", ("ChargeCategory", "Adjustment")),
        ),
    ):
        reports = [d for d in final_reports(sample_set) if d.source == source]
        found = {
            line[reference]: (d.key, line) for d in reports for line in lines_of(sample_set, d)
        }
        column, value = is_correction
        corrections = [entry for entry in found.values() if entry[1][column] == value]
        assert len(corrections) == {"oci_main": 6, "oci_lab": 1}[source]
        linked = [entry for entry in corrections if entry[1][back] in found]
        assert len(linked) == {"oci_main": 5, "oci_lab": 1}[source]
        apart = []
        for key, line in linked:
            original_key, original = found[line[back]]
            assert original_key != key
            billed, charged = (date.fromisoformat(one[start][:10]) for one in (line, original))
            apart.append((billed - charged).days)
        assert sorted(apart)[-1] == {"oci_main": 40, "oci_lab": 0}[source]
        assert set(apart[:-1]) <= {0}
        months = {line[start][:7] for _, line in linked}
        assert months == {"oci_main": {"2026-09", "2026-10"}, "oci_lab": {"2026-10"}}[source]


def test_a_correction_takes_back_a_share(small_set: Manifest) -> None:
    (delivery,) = featured(small_set, "corrections")
    lines = {
        line["lineItem/referenceNo"]: line
        for report in final_reports(small_set)
        if report.source == "oci_main"
        for line in lines_of(small_set, report)
    }
    credited = [
        line for line in lines_of(small_set, delivery) if line["lineItem/isCorrection"] == "true"
    ]
    assert len(credited) == 3
    known = [line for line in credited if line["lineItem/backreferenceNo"] in lines]
    assert len(known) == 2
    for line in known:
        original = Decimal(lines[line["lineItem/backreferenceNo"]]["cost/myCost"])
        assert Decimal(line["cost/myCost"]) == original * Decimal("-0.25")


def test_back_references_stand_on_ordinary_lines_too(samples: Manifest) -> None:
    assert any(
        line["lineItem/backreferenceNo"] and line["lineItem/isCorrection"] == "false"
        for delivery in final_reports(samples)
        if delivery.source == "oci_main"
        for line in lines_of(samples, delivery)
    )


def test_bad_lines_are_exactly_as_documented(samples: Manifest) -> None:
    (delivery,) = [each for each in samples.deliveries if each.bad_lines]
    assert delivery.feature == "bad_lines"
    physical = text_of(samples, delivery).split("\n")
    lines = lines_of(samples, delivery)
    for bad in delivery.bad_lines:
        assert physical[bad.line_number - 1] == bad.text
        assert next(csv.reader(io.StringIO(bad.text))) == list(
            lines[bad.record_number - 1].values()
        )
    number, instant, currency = (lines[bad.record_number - 1] for bad in delivery.bad_lines)
    with pytest.raises(InvalidOperation):
        Decimal(number["cost/myCost"])
    with pytest.raises(ValueError, match=r"month|day|hour|isoformat"):
        datetime.fromisoformat(instant["lineItem/intervalUsageStart"])
    assert Decimal(currency["cost/myCost"])
    assert currency["cost/currencyCode"] == ""


def test_references_are_unique_over_all_final_files_but_one(samples: Manifest) -> None:
    (repeated,) = featured(samples, "repeated")
    references = [
        reference_of(line)
        for delivery in final_reports(samples)
        if delivery.cloud == "oci" and delivery != repeated
        for line in lines_of(samples, delivery)
    ]
    assert len(references) == len(set(references))
    again = [reference_of(line) for line in lines_of(samples, repeated)]
    assert len(again) > 10
    assert set(again) <= set(references)


def test_a_report_brings_lines_of_an_earlier_one_again_one_with_another_amount(
    samples: Manifest,
) -> None:
    (repeated,) = featured(samples, "repeated")
    again = {reference_of(line): line for line in lines_of(samples, repeated)}
    (former,) = [
        delivery
        for delivery in final_reports(samples)
        if delivery.delivered_at < repeated.delivered_at
        and any(reference_of(line) in again for line in lines_of(samples, delivery))
    ]
    before = {reference_of(line): line for line in lines_of(samples, former)}
    changed = [key for key in again if again[key]["cost/myCost"] != before[key]["cost/myCost"]]
    assert len(changed) == 1
    ratio = Decimal(again[changed[0]]["cost/myCost"]) / Decimal(before[changed[0]]["cost/myCost"])
    assert round(ratio, 6) == Decimal("1.1")


def test_texts_are_as_odd_as_real_ones(sample_set: Manifest) -> None:
    costs, starts, ends, free, domains = set(), set(), set(), [], set()
    for delivery in final_reports(sample_set):
        if delivery.source == "oci_main":
            for line in lines_of(sample_set, delivery):
                costs.add(line["cost/myCost"])
                starts.add(len(line["lineItem/intervalUsageStart"]))
                ends.add(len(line["lineItem/intervalUsageEnd"]))
                domains.add(line["product/availabilityDomain"])
                if not line["cost/currencyCode"] and delivery.feature != "bad_lines":
                    free.append(line)
    assert any("E-" in cost for cost in costs)
    assert any(Decimal(cost) < Decimal("1e-6") for cost in costs if "E-" in cost)
    assert len("2026-10-01T00:00Z") in starts
    assert ends == {len("2026-10-01T00:00Z"), len("2026-10-01T00:00:00Z")}
    assert free
    assert all(Decimal(line["cost/myCost"]) == 0 and not line["cost/unitPrice"] for line in free)
    assert "NULL" in domains


def test_aws_rewrites_a_month_and_withdraws_a_line(samples: Manifest) -> None:
    versions = [
        d
        for d in samples.deliveries
        if d.source == "aws_main" and "/data/BILLING_PERIOD=2026-10/" in d.key
    ]
    assert len(versions) > 8
    assert len({d.key for d in versions}) == 1
    withdrawn = [
        any(line["ConsumedQuantity"] == "912.5" for line in lines_of(samples, version))
        for version in versions
    ]
    assert True in withdrawn
    assert withdrawn[-1] is False
    assert [bool(d.feature) for d in versions] == withdrawn


def test_every_aws_manifest_follows_the_file_it_names(samples: Manifest) -> None:
    delivered = [d for d in samples.deliveries if d.source == "aws_main"]
    for data, manifest in zip(delivered[::2], delivered[1::2], strict=True):
        assert data.delivered_at < manifest.delivered_at < data.delivered_at + timedelta(minutes=5)
        named = json.loads((samples.root / manifest.path).read_bytes())
        assert named["dataFiles"] == [f"s3://{data.bucket}/{data.key}"]
        header = text_of(samples, data).partition("\n")[0].split(",")
        assert [column["name"] for column in named["columns"]] == header


def test_a_commitment_is_used_to_the_last_cent(sample_set: Manifest) -> None:
    spent: dict[tuple[date, str], Decimal] = {}
    for delivery in final_reports(sample_set):
        if delivery.source == "aws_main":
            for line in lines_of(sample_set, delivery):
                if line["CommitmentDiscountId"]:
                    day = date.fromisoformat(line["ChargePeriodStart"][:10])
                    key = (day, line["ChargeCategory"])
                    cost = "EffectiveCost" if line["ChargeCategory"] == "Usage" else "BilledCost"
                    spent[key] = spent.get(key, Decimal(0)) + Decimal(line[cost])
    days = {day for day, _ in spent}
    assert len(days) == 120
    assert all(spent[day, "Usage"] == spent[day, "Purchase"] > 0 for day in days)
