"""``python -m localcloud.samples --to DIR``: write sample reports, and plant them in local clouds.

``--oci-root`` is the folder of a local OCI (its server may be running), ``--aws`` the endpoint of
a running local AWS.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from localcloud.samples.generate import FEWEST_DAYS, generate
from localcloud.samples.load import load


def main(arguments: list[str] | None = None) -> int:
    """Generates, plants, and prints what an exact ledger of it must add up to."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.samples", description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--days", type=int, default=120, help=f"at least {FEWEST_DAYS}")
    parser.add_argument("--end", type=date.fromisoformat, default=date(2026, 11, 1))
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--oci-root", type=Path, help="the folder of a local OCI")
    parser.add_argument("--aws", help="the endpoint of a local AWS")
    parser.add_argument("--since", type=_instant, help="plant deliveries from this instant on")
    parser.add_argument("--until", type=_instant, help="plant deliveries before this instant")
    asked = parser.parse_args(arguments)
    if asked.days < FEWEST_DAYS:
        parser.error(f"--days: at least {FEWEST_DAYS}")
    manifest = generate(asked.to, seed=asked.seed, days=asked.days, end=asked.end)
    oci, aws = None, None
    if asked.oci_root:
        from localcloud.oci.cloud import Cloud as Oci

        oci = Oci(asked.oci_root)
    if asked.aws:
        from localcloud.aws.cloud import Cloud as Aws

        aws = Aws(asked.aws)
    planted = load(manifest, oci=oci, aws=aws, since=asked.since, until=asked.until)
    lines = sum(delivery.lines for delivery in manifest.deliveries)
    print(f"{len(manifest.deliveries)} deliveries, {lines} lines in {asked.to}; {planted} planted")
    for (cloud, currency), amount in sorted(manifest.totals(asked.until).items()):
        print(f"{cloud:4} {currency} {amount:f}")
    return 0


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
