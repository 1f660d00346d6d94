"""The executions of an AWS export that count, told by its manifests.

AWS writes the manifest only after every data file and says to read the files to take in from it.
Of a manifest only its list of files and the execution's identity are relied on; the billing period
comes from the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudledger.clouds.aws.layouts import LAYOUTS, Layout
from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import ObjectStore, ObjectStoreError, SourceObject

_TIMESTAMP = re.compile(r"/(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)[^/]*/")


class UnreadableExport(ObjectStoreError):
    """No export stands there, or its manifest is not one."""


@dataclass(frozen=True, slots=True)
class Export:
    """One billing period (``YYYY-MM``) of an export: its newest complete execution.

    ``delivery`` is None while none is complete. ``incomplete`` says why the newest execution of
    all is not the one that counts: it is half-written.
    """

    period: str
    folder: str
    delivery: Delivery | None
    incomplete: str | None = None


@dataclass(frozen=True, slots=True)
class _Manifest:
    """A manifest that stands; ``folder`` is the URI of the period's data, ``execution`` the name of
    its own folder in it, None for the period's own manifest."""

    item: SourceObject
    folder: str
    execution: str | None


@dataclass(frozen=True, slots=True)
class _Execution:
    """What a manifest says: the URIs that it names, each once, and when AWS made them."""

    manifest: _Manifest
    id: str
    uris: tuple[str, ...]
    made_at: datetime


Listed = Mapping[str, SourceObject]


def exports(
    store: ObjectStore, prefix: str, *, before: datetime | None = None
) -> tuple[Export, ...]:
    """Every billing period of the export at ``prefix`` (``<prefix>/<name>``), oldest first.

    An execution is half-written when its manifest names a file that is not there, or one delivered
    after the manifest: in overwrite mode the next execution is then under way. (A bucket that
    copies an export must therefore copy manifests last.) Of several complete ones that which AWS
    made last counts, however late the manifest of another arrives.

    :param before: leave out what was complete only at this instant or later.
    :raises UnreadableExport: there is no manifest, or one that is not JSON or names no files
    :raises AccessDenied, StoreUnavailable, ObjectVanished:
    """
    root = prefix.strip("/") + "/"
    layout, manifests = _manifests(store, root)
    # After the manifests, so that an execution that begins in between is seen as half-written.
    listed = {
        item.uri: item
        for item in store.list(root + layout.data)
        if not item.uri.endswith("-Manifest.json")
    }
    known = {
        period: [one for one in found if before is None or one.item.delivered_at < before]
        for period, found in manifests.items()
    }
    return tuple(
        _export(store, layout, period, known[period], listed)
        for period in sorted(known)
        if known[period]
    )


def _manifests(store: ObjectStore, root: str) -> tuple[Layout, dict[str, list[_Manifest]]]:
    """The layout that stands there, and its manifests by period."""
    name = root.rstrip("/").rpartition("/")[2]
    for layout in LAYOUTS:
        found: dict[str, list[_Manifest]] = {}
        for item in store.list(root + layout.manifests):
            base = _bucket(item) + root
            match = layout.manifest.fullmatch(item.uri.removeprefix(base))
            if match and match["name"] == name:
                folder = base + layout.data_folder(match["folder"])
                manifest = _Manifest(item, folder, match["execution"])
                found.setdefault(f"{match['year']}-{match['month']}", []).append(manifest)
        if found:
            return layout, found
    raise UnreadableExport(
        root.rstrip("/") or "/",
        "no manifest stands below metadata/BILLING_PERIOD=YYYY-MM/ (Data Exports) nor below "
        "YYYYMMDD-YYYYMMDD/ (Cost and Usage Report)",
        "Give the source the export's S3 prefix and name, as <prefix>/<name>; a new export is "
        "first delivered within 24 hours",
    )


def _export(
    store: ObjectStore, layout: Layout, period: str, manifests: list[_Manifest], listed: Listed
) -> Export:
    incomplete: str | None = None
    for execution in _newest_first(store, layout, manifests, listed):
        reason = _half_written(execution, listed)
        if reason is None:
            delivery = _delivery(execution, listed)
            return Export(period, manifests[0].folder, delivery, incomplete)
        incomplete = incomplete or reason
    return Export(period, manifests[0].folder, None, incomplete)


def _delivery(execution: _Execution, listed: Listed) -> Delivery:
    files = tuple(listed[uri] for uri in execution.uris)
    folder = _folder(execution)
    return Delivery(
        name=f"{folder} {execution.id}",
        objects=files,
        delivered_at=execution.manifest.item.delivered_at,
        made_at=execution.made_at,
        folder=folder,
    )


def _folder(execution: _Execution) -> str:
    """Where nothing but this execution's files counts: the period's folder, if they lie in it."""
    folder = execution.manifest.folder
    if all(uri.startswith(folder) for uri in execution.uris):
        return folder
    # Parquet of a Cost and Usage Report lies in a folder of the month that has no other files.
    return execution.uris[0].rpartition("/")[0] + "/"


def _newest_first(
    store: ObjectStore, layout: Layout, manifests: list[_Manifest], listed: Listed
) -> Iterator[_Execution]:
    """The executions, each read only when it is asked for, but for the period's own manifest.

    That one repeats the newest execution's; where there are no others it is the only one.
    """
    own = [_read(store, layout, one, listed) for one in manifests if one.execution is None]
    others = [(_made_at(one, listed), one) for one in manifests if one.execution is not None]
    others.sort(key=lambda made: made[0], reverse=True)
    for execution in own:
        while others and others[0][0] > execution.made_at:
            yield _read(store, layout, others.pop(0)[1], listed)
        yield execution
    for _, manifest in others:
        yield _read(store, layout, manifest, listed)


def _made_at(manifest: _Manifest, listed: Listed, uris: tuple[str, ...] = ()) -> datetime:
    """The execution's own timestamp; without one, when its newest file was written."""
    place = uris[0] if uris else f"{manifest.folder}{manifest.execution or ''}/"
    if stamp := _TIMESTAMP.search(place.removeprefix(manifest.folder.rstrip("/"))):
        year, month, day, hour, minute, second = map(int, stamp.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    named = uris or [uri for uri in listed if uri.startswith(place)]
    written = [listed[uri].delivered_at for uri in named if uri in listed]
    return max(written, default=manifest.item.delivered_at)


def _read(store: ObjectStore, layout: Layout, manifest: _Manifest, listed: Listed) -> _Execution:
    item = manifest.item
    content = store.read(item.uri.removeprefix(_bucket(item)))
    mend = "Wait for the next delivery, or delete this manifest if it is not AWS's"
    try:
        document = json.loads(content)
    except ValueError as error:
        raise UnreadableExport(item.uri, f"the manifest is not JSON: {error}", mend) from error
    named = document.get(layout.files) if isinstance(document, dict) else None
    if not isinstance(named, list) or not all(isinstance(uri, str) for uri in named):
        raise UnreadableExport(
            item.uri, f"the manifest has no list `{layout.files}` of its files", mend
        )
    bucket = _bucket(item)
    uris = tuple(dict.fromkeys(uri if "://" in uri else bucket + uri.lstrip("/") for uri in named))
    return _Execution(
        manifest=manifest,
        id=str(document.get(layout.execution) or manifest.execution or ""),
        uris=uris,
        made_at=_made_at(manifest, listed, uris),
    )


def _half_written(execution: _Execution, listed: Listed) -> str | None:
    manifest = execution.manifest.item
    if not execution.uris:
        return f"{manifest.uri} names no data file"
    for uri in execution.uris:
        if uri not in listed:
            return f"{manifest.uri} names {uri}, which is not there"
        if listed[uri].delivered_at > manifest.delivered_at:
            return f"{uri} was delivered after {manifest.uri}: a new delivery is under way"
    return None


def _bucket(item: SourceObject) -> str:
    """``s3://bucket/`` of a URI."""
    return "/".join(item.uri.split("/", 3)[:3]) + "/"
