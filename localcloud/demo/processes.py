"""Background processes that outlive the command that started them, and are found again by it.

Each leads a process group of its own and leaves a record (pid, start time, address) and a log. A
pid whose process started at another time is somebody else's and is never signalled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

SAME_START_SECONDS = 2.0
"""psutil derives a start time from the boot time, which a clock that is set moves a little."""

STOP_SECONDS = 12


class NotStarted(Exception):
    """A process ended, or did not answer, while it was waited for."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that was started; ``address`` is what it serves, empty when it serves nothing."""

    name: str
    pid: int
    started: float
    address: str
    log: str

    def is_running(self) -> bool:
        """Whether the very process that was started still runs."""
        try:
            found = psutil.Process(self.pid)
            alive = found.is_running() and found.status() != psutil.STATUS_ZOMBIE
            return alive and abs(found.create_time() - self.started) < SAME_START_SECONDS
        except psutil.NoSuchProcess:
            return False

    def last_lines(self, count: int = 15) -> str:
        """The end of its log."""
        path = Path(self.log)
        if not path.is_file():
            return ""
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def start(
    folder: Path, name: str, command: Sequence[str], env: Mapping[str, str], *, address: str = ""
) -> Process:
    """Start a process in a group of its own and write its record into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            env=dict(env),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    process = Process(name, child.pid, psutil.Process(child.pid).create_time(), address, str(log))
    record = _record(folder, name)
    record.with_suffix(".part").write_text(json.dumps(asdict(process)), encoding="utf-8")
    record.with_suffix(".part").replace(record)
    return process


def recorded(folder: Path) -> list[Process]:
    """Every process with a record, running or not, in the order in which they were started."""
    found = [
        Process(**json.loads(path.read_text(encoding="utf-8"))) for path in folder.glob("*.json")
    ]
    return sorted(found, key=lambda process: process.started)


def stop_all(folder: Path) -> list[str]:
    """End every recorded process and its family, politely and then firmly.

    Returns the names of those that were running, the last one started first. A record whose
    process is gone, or is another one by now, is only removed.
    """
    found = list(reversed(recorded(folder)))
    running = [process for process in found if process.is_running()]
    family = {member for process in running for member in _family(process.pid)}
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for stubborn in alive:
        with suppress(psutil.NoSuchProcess):
            stubborn.kill()
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    for process in found:
        _record(folder, process.name).unlink(missing_ok=True)
    return [process.name for process in running]


def pause(processes: Sequence[Process], deadline: float, what: str) -> None:
    """Wait a moment for ``what``.

    :raises NotStarted: one of the processes has ended, or the deadline (monotonic) has passed.
    """
    for process in processes:
        if not process.is_running():
            raise NotStarted(f"{process.name} ended; {process.log} says:\n{process.last_lines()}")
    if time.monotonic() > deadline:
        logs = ", ".join(process.log for process in processes)
        raise NotStarted(f"{what} did not come up in time; see {logs}")
    time.sleep(0.5)


def _family(leader: int) -> list[psutil.Process]:
    """The leader, its descendants, and whoever else is in its group."""
    found = psutil.Process(leader)
    family = {found, *found.children(recursive=True)}
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == leader:
                family.add(process)
    return list(family)


def _record(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
