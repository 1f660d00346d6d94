"""The files of an AWS Data Export (FOCUS, CUR 2.0) that count, told by its manifests.

Layout, from "Understanding export delivery" in the AWS Data Exports user guide
(docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html), below
``<prefix>/<name>/``::

    data/BILLING_PERIOD=YYYY-MM/<name>-00001.csv.gz                            overwrite
    data/BILLING_PERIOD=YYYY-MM/<timestamp>-<executionId>/<name>-00001.csv.gz  create new
    metadata/BILLING_PERIOD=YYYY-MM/<name>-Manifest.json                       the newest delivery
    metadata/BILLING_PERIOD=YYYY-MM/<timestamp>-<executionId>/<name>-Manifest.json

FOCUS exports are also seen with ``billing_period=`` in lower case. AWS delivers the manifest only
after every data file and says to read the files to ingest from it. Its schema is not published;
delivered ones hold ``exportArn``, ``executionId``, ``columns`` and ``dataFiles``, a list of
``s3://`` URIs. Only ``dataFiles`` is relied on; the period comes from the key.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cloudledger.clouds.object_store import ObjectStore, ObjectStoreError, SourceObject


class UnreadableExport(ObjectStoreError):
    """No export stands there, or its manifest is not one."""


@dataclass(frozen=True, slots=True)
class Export:
    """One billing period (``YYYY-MM``) as its newest complete manifest describes it.

    ``incomplete`` says why the newest manifest of all is not the one followed: its delivery is
    half-written. Then ``files`` are an earlier delivery's, or none when every one was overwritten.
    """

    period: str
    folder: str
    files: tuple[SourceObject, ...]
    incomplete: str | None = None

    def supersedes(self, uri: str) -> bool:
        """Whether the object at ``uri`` is of this period and no longer counts.

        Never while no delivery of the period is complete, nor for other periods: a month whose
        files were deleted from the bucket is history, not superseded.
        """
        inside = uri.startswith(self.folder)
        return inside and bool(self.files) and uri not in {file.uri for file in self.files}


def exports(store: ObjectStore, prefix: str) -> tuple[Export, ...]:
    """Every billing period of the export at ``prefix`` (``<prefix>/<name>``), oldest first.

    A delivery is half-written when its manifest names a file that is not there, or one delivered
    after the manifest: in overwrite mode the next delivery is then under way. (A bucket that
    copies an export must therefore copy manifests last.)

    :raises UnreadableExport: there is no manifest, or one that is not JSON or names no files
    :raises AccessDenied, StoreUnavailable, ObjectVanished:
    """
    root = prefix.strip("/")
    manifests = _manifests(store, root)
    # After the manifests, so that a delivery that begins in between is seen as half-written.
    listed = {item.uri: item for item in store.list(f"{root}/data/")}
    return tuple(_export(store, period, manifests[period], listed) for period in sorted(manifests))


def _manifests(store: ObjectStore, root: str) -> dict[str, list[SourceObject]]:
    """Per period, newest first; of two delivered together the period's own is the first."""
    name = re.escape(root.rpartition("/")[2])
    manifest = re.compile(
        rf"/metadata/(?i:billing_period)=(\d{{4}}-\d{{2}})/(?:[^/]+/)?{name}-Manifest\.json"
    )
    found: dict[str, list[SourceObject]] = {}
    for item in store.list(f"{root}/metadata/"):
        if match := manifest.fullmatch(item.uri.removeprefix(_bucket(item) + root)):
            found.setdefault(match[1], []).append(item)
    if not found:
        raise UnreadableExport(
            root or "/",
            "no manifest stands below metadata/BILLING_PERIOD=YYYY-MM/",
            "Give the source the export's S3 prefix and name, as <prefix>/<name>; a new export is "
            "first delivered within 24 hours",
        )
    for manifests in found.values():
        manifests.sort(key=lambda item: (item.delivered_at, -item.uri.count("/")), reverse=True)
    return found


def _export(
    store: ObjectStore,
    period: str,
    manifests: list[SourceObject],
    listed: dict[str, SourceObject],
) -> Export:
    incomplete: str | None = None
    for manifest in manifests:
        uris = _data_files(manifest, store)
        reason = _half_written(manifest, uris, listed)
        if reason is None:
            files = tuple(listed[uri] for uri in uris)
            return Export(period, _folder(manifests[0], period), files, incomplete)
        incomplete = incomplete or reason
    return Export(period, _folder(manifests[0], period), (), incomplete)


def _data_files(manifest: SourceObject, store: ObjectStore) -> tuple[str, ...]:
    """The URIs that a manifest names, each once, in its order."""
    content = store.read(manifest.uri.removeprefix(_bucket(manifest)))
    mend = "Wait for the next delivery, or delete this manifest if it is not AWS's"
    try:
        document = json.loads(content)
    except ValueError as error:
        raise UnreadableExport(manifest.uri, f"the manifest is not JSON: {error}", mend) from error
    named = document.get("dataFiles") if isinstance(document, dict) else None
    if not isinstance(named, list) or not all(isinstance(uri, str) for uri in named):
        raise UnreadableExport(manifest.uri, "the manifest has no list `dataFiles` of URIs", mend)
    bucket = _bucket(manifest)
    return tuple(dict.fromkeys(uri if "://" in uri else bucket + uri.lstrip("/") for uri in named))


def _half_written(
    manifest: SourceObject, uris: tuple[str, ...], listed: dict[str, SourceObject]
) -> str | None:
    if not uris:
        return f"{manifest.uri} names no data file"
    for uri in uris:
        if uri not in listed:
            return f"{manifest.uri} names {uri}, which is not there"
        if listed[uri].delivered_at > manifest.delivered_at:
            return f"{uri} was delivered after {manifest.uri}: a new delivery is under way"
    return None


def _folder(manifest: SourceObject, period: str) -> str:
    """Where the period's data files stand, in whatever case the partition is written."""
    root, _, rest = manifest.uri.rpartition("/metadata/")
    return f"{root}/data/{rest.partition(period)[0]}{period}/"


def _bucket(item: SourceObject) -> str:
    """``s3://bucket/`` of a URI."""
    return "/".join(item.uri.split("/", 3)[:3]) + "/"
