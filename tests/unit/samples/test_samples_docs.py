"""docs/samples.md tells of the default set as it is."""

from __future__ import annotations

from pathlib import Path

from localcloud.samples import Manifest

PAGE = (Path(__file__).parents[3] / "docs" / "samples.md").read_text()


def test_every_anomaly_is_told(sample_set: Manifest) -> None:
    for anomaly in sample_set.anomalies:
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{anomaly.id}`")]
        assert f"`{anomaly.source}`, {anomaly.service}" in row
        assert f"| {anomaly.compartment or anomaly.account} |" in row
        assert anomaly.first_day.isoformat() in row
        assert f"{anomaly.currency} {anomaly.excess}" in row


def test_every_planted_file_is_told(sample_set: Manifest) -> None:
    for delivery in sample_set.deliveries:
        if not delivery.feature or delivery.cloud == "aws":
            continue
        name = delivery.key.rpartition("/")[2].replace("-00002", "-00001")
        rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{delivery.feature}`")]
        (row,) = [line for line in rows if f"`{delivery.source}`" in line]
        assert name in row
        assert delivery.delivered_at.date().isoformat() in row
        for bad in delivery.bad_lines:
            assert f"line {bad.line_number}: " in row


def test_the_sizes_are_told(sample_set: Manifest) -> None:
    for source in sample_set.sources:
        every = [one for one in sample_set.deliveries if one.source == source.name]
        final = [one for one in sample_set.current() if one.source == source.name]
        counts = (len(every), sum(d.lines for d in every), sum(d.lines for d in final))
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{source.name}`")]
        assert row.endswith("| {:,} | {:,} | {:,} |".format(*counts))
