"""How well arrivals are foretold: the sample company, day by day, against what came later.

``python -m bench.completeness`` generates 120 days of sample reports and stands at 02:00 UTC of
each day from the 30th on, knowing only what had been delivered by then.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cloudledger.ledger.arrival_curve import day_end
from cloudledger.ledger.arrivals import Arrival
from cloudledger.ledger.assess import COMPLETE, Status, assess
from localcloud.samples.generate import generate
from localcloud.samples.manifest import Manifest

FORMATS = {"oci_main": "oci_cost", "oci_lab": "oci_focus", "aws_main": "focus"}
AGES = tuple(range(7))
"""Whole days since the charge day's end."""

FIRST_DAY = 30
NAIVE_AGE = 2
"""The rule that most people go by: two days old is complete."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One provider's day as seen one night, beside what it became."""

    provider: str
    age: int
    share: float
    told: float
    lines: int
    likely: int
    final: int
    complete: bool


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=120)
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder:
        manifest = generate(Path(folder), days=parser.parse_args().days)
    guesses = list(nights(manifest))
    print("mean absolute error, in points of the day's final lines\n")
    print("provider  age, days  nights  share arrived  share told  lines as they are  scaled up")
    for provider in sorted({guess.provider for guess in guesses}):
        for age in AGES:
            _print_row(
                provider, age, [g for g in guesses if (g.provider, g.age) == (provider, age)]
            )
    print("\ndays called complete                      right  too soon  too late")
    _print_calls("learned", [(g.complete, g) for g in guesses])
    _print_calls(f"{NAIVE_AGE} days old", [(g.age >= NAIVE_AGE, g) for g in guesses])


def nights(manifest: Manifest) -> Iterator[Guess]:
    """Each provider's days of the week before each night, as they seemed and as they became."""
    arrivals = sorted(
        sample_arrivals(manifest),
        key=lambda one: (one.source, one.provider, one.charge_day, one.delivered_at),
    )
    instants: defaultdict[str, list[datetime]] = defaultdict(list)
    final: defaultdict[tuple[str, date], int] = defaultdict(int)
    for one in sorted(arrivals, key=lambda one: one.delivered_at):
        instants[one.source].append(one.delivered_at)
        final[one.provider, one.charge_day] += one.added
    last = manifest.end - timedelta(days=1)
    night = datetime.combine(manifest.start + timedelta(days=FIRST_DAY), time(2), UTC)
    while night.date() <= last:
        for day in assess(arrivals, instants, night).days:
            age = (night - day_end(day.charge_day)).days
            if age in AGES and (held := final[day.provider, day.charge_day]):
                yield Guess(
                    provider=day.provider,
                    age=age,
                    share=day.lines / held,
                    told=day.arrived_share,
                    lines=day.lines,
                    likely=day.lines if day.likely_lines is None else day.likely_lines,
                    final=held,
                    complete=day.status is Status.COMPLETE,
                )
        night += timedelta(days=1)


def sample_arrivals(manifest: Manifest) -> Iterator[Arrival]:
    """What each delivery of the samples did to each day."""
    held: dict[tuple[str, str], dict[date, int]] = {}
    for delivery in manifest.deliveries:
        if not delivery.days:
            continue
        before = held.get((delivery.bucket, delivery.key), {})
        now: defaultdict[date, int] = defaultdict(int)
        for one in delivery.days:
            now[one.day] += one.lines
        for day in before.keys() | now.keys():
            yield Arrival(
                source=delivery.source,
                provider=delivery.cloud,
                charge_day=day,
                delivered_at=delivery.delivered_at,
                format=FORMATS[delivery.source],
                added=now.get(day, 0) - before.get(day, 0),
                held=now.get(day, 0),
            )
        held[delivery.bucket, delivery.key] = dict(now)


def _print_row(provider: str, age: int, guesses: Sequence[Guess]) -> None:
    if not guesses:
        return
    count = len(guesses)
    share = sum(g.share for g in guesses) / count
    told = sum(abs(g.told - g.share) for g in guesses) / count
    plain = sum(abs(g.lines - g.final) / g.final for g in guesses) / count
    scaled = sum(abs(g.likely - g.final) / g.final for g in guesses) / count
    print(
        f"{provider:<8}  {age:>9}  {count:>6}  {share:>13.1%}  {100 * told:>10.2f}  "
        f"{100 * plain:>17.2f}  {100 * scaled:>9.2f}"
    )


def _print_calls(rule: str, calls: Sequence[tuple[bool, Guess]]) -> None:
    truly = [(called, guess.share >= COMPLETE) for called, guess in calls]
    right = sum(called == true for called, true in truly) / len(truly)
    soon = sum(called and not true for called, true in truly) / len(truly)
    late = sum(true and not called for called, true in truly) / len(truly)
    print(f"{rule:<40}  {right:>5.1%}  {soon:>8.1%}  {late:>8.1%}")


if __name__ == "__main__":
    main()
