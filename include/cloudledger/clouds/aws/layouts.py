"""Where AWS puts the files and manifests of its two kinds of export, below ``<prefix>/<name>/``.

Data Exports (FOCUS, CUR 2.0), from "Understanding export delivery" in their user guide
(docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html)::

    data/BILLING_PERIOD=YYYY-MM/<name>-00001.csv.gz                            overwrite
    data/BILLING_PERIOD=YYYY-MM/<timestamp>-<executionId>/<name>-00001.csv.gz  create new
    metadata/BILLING_PERIOD=YYYY-MM/<name>-Manifest.json                       the newest delivery
    metadata/BILLING_PERIOD=YYYY-MM/<timestamp>-<executionId>/<name>-Manifest.json

FOCUS exports are also seen with ``billing_period=`` in lower case. Their manifest's schema is not
published; delivered ones hold ``exportArn``, ``executionId``, ``columns`` and ``dataFiles``, a list
of ``s3://`` URIs.

Cost and Usage Reports, from "Viewing your Cost and Usage Reports"
(docs.aws.amazon.com/cur/latest/userguide/access-cur-s3.html)::

    YYYYMMDD-YYYYMMDD/<assemblyId>/<name>-1.csv.gz     create new
    YYYYMMDD-YYYYMMDD/<assemblyId>/<name>-Manifest.json
    YYYYMMDD-YYYYMMDD/<name>-1.csv.gz                  overwrite
    YYYYMMDD-YYYYMMDD/<name>-Manifest.json             the newest assembly
    <name>/year=YYYY/month=M/<name>-1.snappy.parquet   Parquet, always overwritten

Their manifest holds ``assemblyId``, ``billingPeriod``, ``columns`` and ``reportKeys``, keys of the
same bucket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the two.

    ``manifest`` is how a manifest's key goes on after the export's folder, with the groups
    ``folder`` (of the period), ``year``, ``month``, ``execution`` and ``name``; ``data_folder``
    makes the period's data folder of the group ``folder``. ``files`` and ``execution`` are the
    manifest's fields that list the files and tell one execution from another.
    """

    manifests: str
    data: str
    manifest: re.Pattern[str]
    data_folder: Callable[[str], str]
    files: str
    execution: str


DATA_EXPORTS = Layout(
    manifests="metadata/",
    data="data/",
    manifest=re.compile(
        r"metadata/(?P<folder>billing_period=(?P<year>\d{4})-(?P<month>\d{2}))/"
        r"(?:(?P<execution>[^/]+)/)?(?P<name>[^/]+)-Manifest\.json",
        re.IGNORECASE,
    ),
    data_folder=lambda folder: f"data/{folder}/",
    files="dataFiles",
    execution="executionId",
)
COST_AND_USAGE_REPORT = Layout(
    manifests="",
    data="",
    manifest=re.compile(
        r"(?P<folder>(?P<year>\d{4})(?P<month>\d{2})\d{2}-\d{8})/"
        r"(?:(?P<execution>[^/]+)/)?(?P<name>[^/]+)-Manifest\.json"
    ),
    data_folder=lambda folder: f"{folder}/",
    files="reportKeys",
    execution="assemblyId",
)
LAYOUTS = (DATA_EXPORTS, COST_AND_USAGE_REPORT)
