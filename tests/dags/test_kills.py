"""kill -9 of a task, whichever it is just doing: the next run ends in the same tables."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from local_runs import tables

from tests.support.run_tasks import main

END = datetime(2026, 3, 7, 2, tzinfo=UTC)
BEGIN = END - timedelta(days=1)
MOMENTS = (0.3, 0.6)
"""Of the time that undisturbed tasks take."""


def start(place, root):
    tasks = subprocess.Popen(
        [sys.executable, "-m", "tests.support.run_tasks", *place],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert tasks.stdout is not None
    assert tasks.stdout.readline() == "ready\n"
    return tasks


def hold(moments, manifest, root, tmp_path, monkeypatch):
    source = manifest.sources[0]
    place = (source.namespace, source.bucket, source.prefix, str(BEGIN), str(END))

    def home(name):
        monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / name))

    home("timed")
    with start(place, root) as tasks:
        begun = time.monotonic()
        tasks.communicate()
    seconds = time.monotonic() - begun
    assert tasks.returncode == 0
    whole = tables()
    ends = []
    for moment in moments:
        home(f"killed at {moment}")
        with start(place, root) as tasks:
            time.sleep(moment * seconds)
            tasks.kill()
        ends.append(tasks.returncode)
        main(*place)
        assert tables() == whole, moment
    assert -signal.SIGKILL in ends, "every run was done before it was killed"


def test_a_killed_task_is_finished_by_the_next_run(clouds, manifest, root, tmp_path, monkeypatch):
    clouds.load(manifest, until=END)
    hold(MOMENTS, manifest, root, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_task_killed_at_any_of_fifty_moments_is_finished_by_the_next_run(
    clouds, manifest, root, tmp_path, monkeypatch
):
    clouds.load(manifest, until=END)
    hold([moment / 51 for moment in range(1, 51)], manifest, root, tmp_path, monkeypatch)
