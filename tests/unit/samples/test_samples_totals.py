"""The generator's own totals are those of the text it wrote."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from localcloud.samples import Manifest, generate
from tests.unit.samples.report_lines import COLUMNS, final_reports, lines_of, summed


def test_totals_are_the_exact_sums_of_the_final_files(sample_set: Manifest) -> None:
    expected = {
        (source, day, currency): (held.billed_cost, held.lines)
        for (source, _, day, currency), held in sample_set.expected().items()
    }
    assert summed(sample_set) == expected
    assert {currency for _, _, currency in expected} == {"EUR", "USD", "XXX"}


def test_cloud_totals_sum_the_days(sample_set: Manifest) -> None:
    of_files: dict[str, Decimal] = {}
    for (source, _, currency), (cost, _) in summed(sample_set).items():
        key = f"{source.partition('_')[0]} {currency}"
        of_files[key] = of_files.get(key, Decimal(0)) + cost
    assert {f"{c} {m}": t for (c, m), t in sample_set.totals().items()} == of_files


def test_every_day_is_billed_by_every_source(sample_set: Manifest) -> None:
    days = (sample_set.end - sample_set.start).days
    billed = {(source, day) for source, _, day, _ in sample_set.expected()}
    assert days == 120
    assert len(billed) == 3 * days


def test_no_amount_needs_more_than_24_decimals(sample_set: Manifest) -> None:
    longest = 0
    for delivery in final_reports(sample_set):
        cost = COLUMNS[delivery.source][2]
        bad = {line.record_number for line in delivery.bad_lines}
        for number, line in enumerate(lines_of(sample_set, delivery), start=1):
            if number not in bad:
                longest = max(longest, -int(Decimal(line[cost]).as_tuple().exponent))
    assert 18 <= longest <= 24


def test_the_same_seed_gives_the_same_bytes(small_set: Manifest, tmp_path: Path) -> None:
    again = generate(tmp_path, days=14)
    first = sorted(path.relative_to(small_set.root) for path in small_set.root.rglob("*.*"))
    assert first == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    for path in first:
        assert (small_set.root / path).read_bytes() == (tmp_path / path).read_bytes(), path
    assert again.deliveries == small_set.deliveries


def test_another_seed_bills_other_amounts(small_set: Manifest, tmp_path: Path) -> None:
    assert generate(tmp_path, days=14, seed=21).totals() != small_set.totals()


def test_a_manifest_reads_back(small_set: Manifest) -> None:
    assert Manifest.read(small_set.root) == small_set


def test_fewer_days_than_the_plan_needs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="days=13: sample reports need at least 14 days"):
        generate(tmp_path, days=13)


def test_a_set_may_end_within_a_month(tmp_path: Path) -> None:
    manifest = generate(tmp_path, days=20, end=date(2026, 11, 11))
    (report,) = [d for d in final_reports(manifest) if "data/BILLING_PERIOD=2026-11" in d.key]
    categories = {line["ChargeCategory"] for line in lines_of(manifest, report)}
    assert categories == {"Usage", "Purchase", "Tax", "Credit"}
    assert {line["InvoiceId"] for line in lines_of(manifest, report)} == {""}
    assert [held.day.day for held in report.days] == list(range(1, 11))


def test_the_sets_stay_small(sample_set: Manifest, small_set: Manifest) -> None:
    def size(manifest: Manifest) -> tuple[int, int]:
        lines = sum(delivery.lines for delivery in manifest.deliveries)
        stored = sum((manifest.root / d.path).stat().st_size for d in manifest.deliveries)
        return lines, stored

    assert 40_000 < size(sample_set)[0] < 150_000
    assert size(sample_set)[1] < 15_000_000
    assert size(small_set)[0] < 20_000
