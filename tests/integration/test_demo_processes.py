"""Real processes: what the demo starts it finds again and ends, and it ends nothing else."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localcloud.demo import processes
from localcloud.demo.clouds import free_port

SLEEP = "import time; time.sleep(120)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)"
# A child that leads a group of its own, as Airflow's tasks do, and says its pid.
PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], start_new_session=True)
print(child.pid, flush=True)
time.sleep(120)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "processes"
    processes.stop_all(tmp_path / "processes")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 1)


def run(folder: Path, name: str, code: str) -> processes.Process:
    return processes.start(folder, name, [sys.executable, "-c", code], os.environ, address=name)


def test_what_was_started_is_found_again_and_ended(folder: Path) -> None:
    first, second = run(folder, "first", SLEEP), run(folder, "second", SLEEP)
    assert processes.recorded(folder) == [first, second]
    assert first.is_running()
    assert second.is_running()
    assert processes.stop_all(folder) == ["second", "first"]
    assert not psutil.pid_exists(first.pid)
    assert not psutil.pid_exists(second.pid)
    assert processes.recorded(folder) == []
    assert processes.stop_all(folder) == []


def test_descendants_in_groups_of_their_own_end_too(folder: Path, quick: None) -> None:
    parent = run(folder, "parent", PARENT)
    deadline = time.monotonic() + 20
    while not (said := Path(parent.log).read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = psutil.Process(int(said))
    assert os.getpgid(child.pid) != parent.pid
    processes.stop_all(folder)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_pid_that_is_another_process_by_now_is_left_alone(folder: Path) -> None:
    ours = run(folder, "ours", SLEEP)
    record = folder / "ours.json"
    told = json.loads(record.read_text())
    record.write_text(json.dumps(told | {"started": told["started"] - 60}))
    assert processes.stop_all(folder) == []
    assert ours.is_running()
    assert not record.exists()
    psutil.Process(ours.pid).kill()


def test_a_process_that_ended_is_told_with_its_last_words(folder: Path) -> None:
    process = run(folder, "short", "import sys; sys.exit('no such database')")
    deadline = time.monotonic() + 60
    while process.is_running():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(processes.NotStarted, match=r"short ended(.|\n)*no such database"):
        processes.pause([process], deadline, "short")


def test_a_process_that_never_answers_is_not_waited_for_for_ever(folder: Path) -> None:
    process = run(folder, "mute", SLEEP)
    with pytest.raises(processes.NotStarted, match="mute did not come up in time"):
        processes.pause([process], time.monotonic() - 1, "mute")


def test_a_port_that_is_taken_is_not_given_out() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
