"""How good the likely values of tags are: tags of the sample company hidden, and told again.

``python -m bench.tag_owners`` hides the tags of a random share of the resources, ten times, either
one key (the resource's other tags stay) or all required keys at once, and prints how many of the
hidden values are suggested and how many of the suggestions are right: mean and standard error.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.ledger import Ledger
from cloudledger.governance.config import governance
from cloudledger.governance.tags.config import Tags, names_of
from cloudledger.governance.tags.coverage import DAYS
from cloudledger.governance.tags.findings import Finding, findings
from cloudledger.governance.tags.lines import attach_tags
from cloudledger.ledger.known_lines import known_lines
from cloudledger.project import PROJECT
from localcloud.samples.generate import generate

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

END = date(2026, 11, 1)
EVER = datetime(2100, 1, 1, tzinfo=UTC)
SHARES = (0.1, 0.3, 0.5)
KNOWN = "SELECT tag_key, provider_name, resource_id, meant FROM tag_resource WHERE state = 'tagged'"
KEPT = "CREATE TEMP TABLE every_line AS FROM counted_line"
HIDING = """
CREATE OR REPLACE TEMP VIEW counted_line AS
SELECT every_line.* REPLACE (
    map_from_entries(
        list_filter(
            map_entries(every_line.Tags),
            LAMBDA tag: NOT list_contains(coalesce(hidden_tag.names, []), tag.key)
        )
    ) AS Tags
)
FROM every_line
LEFT JOIN hidden_tag
    ON
        every_line.ProviderName = hidden_tag.provider_name
        AND every_line.ResourceId = hidden_tag.resource_id
"""
HIDDEN = """
CREATE OR REPLACE TEMP TABLE hidden_tag (
    provider_name VARCHAR, resource_id VARCHAR, names VARCHAR[]
)
"""

Resource = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the hidden values of a key."""

    hidden: int
    suggested: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of the suggestions that is right; None without any."""
        return self.right / self.suggested if self.suggested else None

    @property
    def recall(self) -> float:
        """The share of the hidden values that is suggested."""
        return self.right / self.hidden


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(parser.parse_args().seeds)
    rules = governance(PROJECT / "config/demo_governance.yaml").tags
    print("hidden     share  key          hidden  precision        recall")
    with sample_lines() as con:
        for every_key in (False, True):
            for share in SHARES:
                runs = [tell_again(con, rules, seed, share, every_key=every_key) for seed in seeds]
                for key in rules.keys:
                    _print_row(every_key, share, key.key, [run[key.key] for run in runs])


@contextmanager
def sample_lines() -> Iterator[DuckDBPyConnection]:
    """The sample company's last 30 days."""
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder, Ledger() as ledger:
        manifest = generate(Path(folder), days=DAYS, end=END)
        for number, each in enumerate(manifest.current()):
            if each.key.endswith(".csv.gz"):
                ledger.deliver(f"{number:04}.csv.gz", manifest.root / each.path)
        ledger.run()
        with ledger.warehouse() as warehouse, warehouse.transaction() as session:
            span = {"first_day": END - timedelta(days=DAYS), "end_day": END}
            with known_lines(session, ledger.lake, EVER, **span, precedence=()) as con:
                yield con


def tell_again(
    con: DuckDBPyConnection, rules: Tags, seed: int, share: float, *, every_key: bool
) -> dict[str, Told]:
    """Hide the values of a share of the tagged resources, and see what is suggested; by key.

    :param con: has ``counted_line``; its tags are whole again afterwards.
    """
    if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'every_line'").fetchall():
        con.execute(KEPT).fetchall()
    _hide(con, {})
    known = _known(con, rules)
    names = {key.key: list(names_of(key)) for key in rules.keys}
    every = [name for one in names.values() for name in one]
    told = {}
    for number, key in enumerate(names):
        tagged = sorted({(provider, resource) for at, provider, resource in known if at == key})
        rng = random.Random(f"{seed}-{number}")
        chosen = rng.sample(tagged, max(1, round(share * len(tagged))))
        _hide(con, dict.fromkeys(chosen, every if every_key else names[key]))
        found = {
            (one.provider_name, one.resource_id): one
            for one in _findings(con, rules)
            if one.tag_key == key
        }
        told[key] = _told(key, chosen, known, found)
    _hide(con, {})
    return told


def _told(
    key: str,
    chosen: Sequence[Resource],
    known: Mapping[tuple[str, str, str], str],
    found: Mapping[Resource, Finding],
) -> Told:
    suggested = {one: found[one].suggestion for one in chosen if found[one].suggestion}
    right = sum(value == known[(key, *one)] for one, value in suggested.items())
    return Told(len(chosen), len(suggested), right)


def _known(con: DuckDBPyConnection, rules: Tags) -> dict[tuple[str, str, str], str]:
    _attach(con, rules)
    return {(row[0], row[1], row[2]): row[3] for row in con.execute(KNOWN).fetchall()}


def _findings(con: DuckDBPyConnection, rules: Tags) -> list[Finding]:
    _attach(con, rules)
    return findings(con, rules)


def _attach(con: DuckDBPyConnection, rules: Tags) -> None:
    attach_tags(con, rules, first_day=END - timedelta(days=DAYS), end_day=END)


def _hide(con: DuckDBPyConnection, names: Mapping[Resource, Sequence[str]]) -> None:
    con.execute(HIDDEN).fetchall()
    if names:
        rows = [[*resource, list(hidden)] for resource, hidden in names.items()]
        con.executemany("INSERT INTO hidden_tag VALUES (?, ?, ?)", rows)
    con.execute(HIDING).fetchall()


def _print_row(every_key: bool, share: float, key: str, runs: Sequence[Told]) -> None:
    precisions = [run.precision for run in runs if run.precision is not None]
    recalls = [run.recall for run in runs]
    hidden = "every key" if every_key else "one key"
    count = mean(run.hidden for run in runs)
    print(
        f"{hidden:<9}  {share:>5.0%}  {key:<11}  {count:>6.1f}  "
        f"{_figure(precisions)}  {_figure(recalls)}"
    )


def _figure(values: Sequence[float]) -> str:
    if not values:
        return f"{'none':<15}"
    error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{mean(values):.3f} +- {error:.3f} "


if __name__ == "__main__":
    main()
