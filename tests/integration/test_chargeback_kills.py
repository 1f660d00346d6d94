"""kill -9 of a chargeback at any point: the next run ends in the same tables and files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.books import Books
from tests.support.chargeback_books import tables, written
from tests.support.reports import gzipped, oci_cost

MONTH = "2026-10-01"
FEW = (0.35, 0.8)
"""Of the time that an undisturbed run takes."""
MOST = (0.05, 0.2, 0.5, 0.65, 0.9, 0.97)
SERVICES = 40
CENTERS = tuple(f"CC-{number}" for number in range(60))


def governed(home: Path) -> None:
    """Centers enough for a run to last."""
    pool = {
        "name": "platform",
        "select": {"tags": {"cost_center": ["CC-SHARED"]}},
        "split": {"by": "usage"},
    }
    told = {
        "centers": [{"code": code, "name": code, "owner": "finops"} for code in CENTERS],
        "pools": [pool],
        "journal": {
            "clearing_account": "1590",
            "expense_account": "6400",
            "unassigned_account": "6499",
        },
    }
    (home / "governance.yaml").write_text(json.dumps({"chargeback": told}))


def filled(home: Path) -> Path:
    """A ledger with a line of October for each center and each service."""
    books = Books(home)
    lines = [
        {
            "lineItem/referenceNo": f"{code}-{service}",
            "lineItem/intervalUsageStart": f"2026-10-{1 + service % 28:02}T10:00Z",
            "product/service": f"SERVICE_{service}",
            "cost/myCost": f"{service}.{number:05}",
            "tags/cost_center": code,
        }
        for number, code in enumerate((*CENTERS, "CC-SHARED", ""))
        for service in range(SERVICES)
    ]
    books.deliver("a.csv.gz", gzipped(oci_cost(*lines)))
    books.run()
    governed(home)
    return home


def start(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.charge_books", str(home), MONTH],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "moments",
    [pytest.param(FEW, id="few"), pytest.param(MOST, id="most", marks=pytest.mark.slow)],
)
def test_a_killed_chargeback_is_finished_by_the_next(
    tmp_path: Path, moments: tuple[float, ...]
) -> None:
    pristine = filled(tmp_path / "pristine")
    whole = shutil.copytree(pristine, tmp_path / "whole")
    with start(whole) as process:
        begun = time.monotonic()
        process.communicate()
    seconds = time.monotonic() - begun
    assert process.returncode == 0
    wanted, files = tables(Books(whole)), written(whole)
    assert len(wanted["line"]) > len(CENTERS) * SERVICES
    ends = []
    for moment in moments:
        home = shutil.copytree(pristine, tmp_path / f"killed at {moment}")
        with start(home) as process:
            time.sleep(moment * seconds)
            process.kill()
        ends.append(process.returncode)
        with start(home) as process:
            process.communicate()
        assert process.returncode == 0, moment
        assert tables(Books(home)) == wanted, moment
        assert written(home) == files, moment
    assert -signal.SIGKILL in ends, "every run was done before it was killed"
