"""From the fleet to files and their manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from localcloud.samples import aws_focus, oci_cost, oci_focus, oci_names
from localcloud.samples.charges import Charge, charges_of, excess_of
from localcloud.samples.fleet import Event, Fleet, Resource, Source, read_fleet
from localcloud.samples.manifest import Anomaly, Delivery, Manifest, SampleSource, days_of
from localcloud.samples.report import ReportFile
from localcloud.samples.usage import DAY, Window, window

FEWEST_DAYS = 14
"""Everything that is planted lies within so many days of the end, or is left out."""

_Deliver = Callable[[Source, Sequence[Charge], Window, int], Iterator[ReportFile]]
_DELIVER: dict[str, _Deliver] = {
    "oci_cost": oci_cost.deliver,
    "oci_focus": oci_focus.deliver,
    "aws_focus": aws_focus.deliver,
}


def generate(
    to: Path, *, seed: int = 20, days: int = 120, end: date = date(2026, 11, 1)
) -> Manifest:
    """Write the reports of the ``days`` charge days before ``end``, and their manifest.

    The same arguments give the same bytes. Deliveries go on for two days after ``end``.

    :raises ValueError: for fewer than 14 days.
    """
    if days < FEWEST_DAYS:
        raise ValueError(f"days={days}: sample reports need at least {FEWEST_DAYS} days")
    fleet, within = read_fleet(), window(days, end)
    events = [event for event in fleet.events if event.first <= days]
    deliveries: list[Delivery] = []
    for source in fleet.sources:
        own = [event for event in events if event.source == source.id]
        charges = charges_of(source, within, seed, own)
        deliveries += _written(to, source, _DELIVER[source.kind](source, charges, within, seed))
    manifest = Manifest(
        to,
        within.start.date(),
        end,
        tuple(map(_settings, fleet.sources)),
        tuple(sorted(deliveries, key=lambda each: (each.delivered_at, each.source, each.key))),
        tuple(_anomaly(fleet, event, within, seed) for event in events),
    )
    manifest.save()
    return manifest


def _written(to: Path, source: Source, files: Iterator[ReportFile]) -> Iterator[Delivery]:
    """Each version to a path of its own: the first under ``<source>/v1/``, and so on."""
    versions: Counter[str] = Counter()
    place = _settings(source)
    for file in sorted(files, key=lambda each: (each.delivered_at, each.key)):
        versions[file.key] += 1
        path = f"{source.id}/v{versions[file.key]}/{file.key}"
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_bytes(file.data)
        yield Delivery(
            source=source.id,
            cloud=source.cloud,
            namespace=place.namespace,
            bucket=place.bucket,
            key=file.key,
            path=path,
            delivered_at=file.delivered_at,
            feature=file.feature,
            days=days_of(file.charges),
            bad_lines=file.bad_lines,
            displaced=days_of(file.repeats),
            repeated=tuple(charge.reference for charge in file.repeats),
        )


def _settings(source: Source) -> SampleSource:
    if source.cloud == "aws":
        prefix = f"{source.prefix}/{source.export}"
        return SampleSource(source.id, "aws_export", "", source.bucket, prefix)
    prefix = oci_cost.PREFIX if source.kind == "oci_cost" else oci_focus.PREFIX
    bucket = source.ocid
    return SampleSource(source.id, "oci_reports", oci_names.NAMESPACE, bucket, prefix)


def _sub_account(source: Source, resource: Resource) -> tuple[str, str]:
    """Name and id of what the ledger holds as the sub account.

    A cost-csv line names the compartment, Oracle's FOCUS line the tenancy, AWS the account.
    """
    account = resource.account
    if source.kind == "oci_cost":
        return account.name, oci_names.compartment(source, account)
    if source.kind == "oci_focus":
        return source.name, source.ocid
    return account.path, account.name


def _anomaly(fleet: Fleet, event: Event, within: Window, seed: int) -> Anomaly:
    source = fleet.source(event.source)
    resource = source.resource(event.resource)
    sku = next(use.sku for use in resource.uses if use.sku.id == event.sku)
    on_aws = source.cloud == "aws"
    account, account_id = _sub_account(source, resource)
    return Anomaly(
        id=event.id,
        kind=event.kind,
        source=source.id,
        cloud=source.cloud,
        account=account,
        account_id=account_id,
        compartment="" if on_aws else resource.account.name,
        service=sku.service,
        sku=sku.id,
        resource=resource.name,
        resource_id=(aws_focus.resource_arn if on_aws else oci_names.resource_id)(source, resource),
        region=resource.region,
        first_day=within.back(event.first).date(),
        last_day=(within.back(event.first) + (event.days - 1) * DAY).date(),
        currency=source.currency,
        excess=excess_of(source, event, within, seed).quantize(Decimal("0.01")),
        cause=event.cause,
    )
