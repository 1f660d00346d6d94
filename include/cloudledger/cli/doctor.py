"""``cloudledger doctor``: one finding for each thing that has to be right, and how to mend it."""

from __future__ import annotations

import json as jsonlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import duckdb
from pydantic import ValidationError
from rich.markup import escape

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.embedding.encoder import ModelUnusable
from cloudledger.knowledge.embedding.model import precision_here
from cloudledger.knowledge.embedding.model_files import folder_here
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import live
from cloudledger.lake.table import Lake
from cloudledger.reporting import terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings, config_file
from cloudledger.warehouse.copy import copy_path
from cloudledger.warehouse.duckdb import open_copy, open_duckdb
from cloudledger.warehouse.port import WarehouseError

PYTHON = (3, 11)
PACKAGES = ("apache-airflow", "duckdb", "deltalake", "pyarrow", "oci", "boto3", "oracledb")
POOL = "warehouse"
AIRFLOW_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``mend`` says what to do when it is not right."""

    what: str
    good: bool
    found: str
    mend: str = ""


def examine(home: Path | None, *, json: bool) -> bool:
    """Look at everything and tell; whether all of it is right."""
    findings = list(_findings(home))
    good = all(finding.good for finding in findings)
    if json:
        print(to_json({"good": good, "findings": findings}))
        return good
    out = terminal.console()
    for finding in findings:
        mark = "[green]ok  [/]" if finding.good else "[bold red]mend[/]"
        out.print(f"{mark} {escape(finding.what)}: {escape(finding.found)}", soft_wrap=True)
        if not finding.good:
            out.print(f"     {escape(finding.mend)}", soft_wrap=True)
    return good


def _findings(home: Path | None) -> Iterator[Finding]:
    yield from _versions()
    try:
        settings = Settings(home=home.resolve()) if home else Settings()
        file = config_file()
    except (ValidationError, FileNotFoundError) as error:
        yield Finding("settings", False, str(error), "Correct them; config/ has an example")
        return
    named = str(file) if file.is_file() else f"no file {file}, defaults"
    yield Finding("settings", True, f"{named}; {len(settings.sources)} sources")
    yield _home(settings.home)
    yield _lake(settings.lake)
    yield from _warehouse(settings.warehouse)
    yield _knowledge(settings)
    yield from _airflow(settings)


def _versions() -> Iterator[Finding]:
    yield Finding(
        "Python",
        sys.version_info[:2] == PYTHON,
        platform.python_version(),
        "Use Python 3.11: make install PYTHON=/path/to/python3.11",
    )
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    told = ", ".join([*found, *(f"no {name}" for name in missing)])
    yield Finding("packages", not missing, told, "Run make install")


def _home(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    writable = existing.is_dir() and os.access(existing, os.R_OK | os.W_OK | os.X_OK)
    state = "readable and writable" if existing == home else "not there yet, made when needed"
    mend = f"Let this user write to {existing}, or set another home"
    return Finding("home", writable, f"{home}, {state if writable else 'not writable'}", mend)


def _lake(folder: Path) -> Finding:
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(folder)):
        empty = not folder.exists() or not any(folder.iterdir())
        mend = f"Move what is in {folder} elsewhere: it is not a Delta table"
        return Finding("lake", empty, f"{folder}, no table yet", mend)
    lake = Lake(folder)
    writable = os.access(folder / "_delta_log", os.R_OK | os.W_OK | os.X_OK)
    told = f"{folder}, version {lake.version()}, {len(lake.files()):,} files"
    return Finding("lake", writable, told, f"Let this user write to {folder}")


def _warehouse(path: Path) -> Iterator[Finding]:
    if not path.is_file():
        yield Finding("warehouse", True, f"{path}, not there yet, made by the first run")
        return
    try:
        with open_duckdb(path, wait_seconds=1, read_only=True):
            writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
        told = f"{path}, {'no writer at work' if writable else 'not writable'}"
        yield Finding("warehouse", writable, told, f"Let this user write to {path.parent}")
    except (WarehouseError, OSError) as error:
        yield Finding("warehouse", False, str(error), "Wait for the writer, or free the file")
    copy = copy_path(path)
    try:
        with open_copy(path):
            yield Finding("read copy", True, str(copy))
    except (WarehouseError, OSError) as error:
        yield Finding("read copy", False, str(error), "Run cost_ingest, or cloudledger take-in")


def _knowledge(settings: Settings) -> Finding:
    """Whether what is configured can be embedded, and what is live can be asked; loads no model."""
    wanted, release = settings.knowledge, _live(settings.warehouse)
    if not wanted.sources and release is None:
        return Finding("knowledge", True, "no place of documents is configured")
    models = dict.fromkeys([wanted.model, *([release.model] if release else [])])
    try:
        there = ", ".join(f"{name} in {folder_here(name) or 'the hub'}" for name in models)
    except ModelUnusable as error:
        return Finding("knowledge", False, "a model is missing", str(error))
    places = f"places of documents: {len(wanted.sources)}"
    return Finding("knowledge", True, f"{places}; {there}; {_standing(release, wanted)}")


def _live(path: Path) -> Release | None:
    """The release that is live in the read copy; none in one that is missing or older than it."""
    try:
        with open_copy(path) as warehouse, warehouse.transaction() as session:
            return live(session)
    except (WarehouseError, OSError, duckdb.CatalogException):
        return None


def _standing(release: Release | None, wanted: Knowledge) -> str:
    if release is None:
        return "no release is live: run the DAG knowledge_refresh"
    said = f"release {release.number} is live"
    if (release.model, release.precision) == (wanted.model, precision_here(wanted.precision)):
        return said
    return (
        f"{said}, of {release.model} ({release.precision}): the next run embeds all anew "
        "(cloudledger knowledge estimate)"
    )


def _airflow(settings: Settings) -> Iterator[Finding]:
    wanted = dict.fromkeys([*(s.conn_id for s in settings.sources), settings.warehouse_conn_id])
    missing = [name for name in wanted if f"AIRFLOW_CONN_{name.upper()}" not in os.environ]
    for name in wanted.keys() - set(missing):
        yield Finding(f"connection {name}", True, "from the environment")
    home = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser()
    if not (home / "airflow.cfg").is_file():
        # The airflow command would make an installation there.
        told = f"none in {home} (AIRFLOW_HOME); connections and the pool {POOL} are not looked at"
        yield Finding("Airflow", True, told)
        return
    if missing:
        kinds = {row["conn_id"]: row["conn_type"] for row in _ask_airflow("connections", "list")}
        for name in missing:
            told = f"of type {kinds[name]}" if name in kinds else "not known to Airflow"
            mend = f"Add it in Airflow under Admin, Connections, or set AIRFLOW_CONN_{name.upper()}"
            yield Finding(f"connection {name}", name in kinds, told, mend)
    slots = {row["pool"]: row["slots"] for row in _ask_airflow("pools", "list")}
    yield Finding(
        f"pool {POOL}",
        slots.get(POOL) == "1",
        f"{slots[POOL]} slots" if POOL in slots else "not there",
        f"airflow pools set {POOL} 1 'one writer at a time'",
    )


def _ask_airflow(*command: str) -> list[dict[str, str]]:
    """The rows that an ``airflow`` command lists; none when it fails."""
    done = subprocess.run(  # noqa: S603 - Airflow of this very interpreter
        [sys.executable, "-m", "airflow", *command, "--output", "json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=AIRFLOW_SECONDS,
        check=False,
    )
    start = done.stdout.find("[")
    if done.returncode or start < 0:
        return []
    rows: list[dict[str, str]] = jsonlib.loads(done.stdout[start:])
    return rows
