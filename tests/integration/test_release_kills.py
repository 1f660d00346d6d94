"""A process that is killed while it fills or switches: run again, it ends in the same release."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cloudledger.knowledge.release import EMPTY_TABLE
from cloudledger.knowledge.releases.release_store import find, releases
from cloudledger.knowledge.releases.switch import show, switch
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support.knowledge_store import AT, document, expected, release, vectors

ROOT = Path(__file__).resolve().parents[2]
EARLIER = [document(f"{n}.md", *(f"text {n} {place}" for place in range(4))) for n in range(100)]
CHANGED = [
    document(f"{n}.md", *(f"text {n} {place} anew" for place in range(4)), etag="2")
    for n in range(50)
]
FOUND = [*CHANGED, *EARLIER[50:]]
REFRESH = """
import os, signal, sys
from pathlib import Path
from cloudledger.knowledge.releases import fill
from cloudledger.warehouse.duckdb import DuckDbSession, open_duckdb
from tests.integration.test_release_kills import FOUND
from tests.support.knowledge_store import release

def counted(name):
    real = getattr(DuckDbSession, name)
    def call(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    setattr(DuckDbSession, name, call)

left = int(sys.argv[2])
fill.LOADED = 20
for name in ("execute", "insert", "query"):
    counted(name)
with open_duckdb(Path(sys.argv[1])) as warehouse:
    release(warehouse, FOUND)
print(left)
"""
MANY = 10_000


def _refresh(path: Path, statements: int) -> subprocess.CompletedProcess[str]:
    """A refresh that is killed before the statement that comes after so many."""
    return subprocess.run(
        [sys.executable, "-c", REFRESH, str(path), str(statements)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/include:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("earlier") / "warehouse.duckdb"
    with open_duckdb(path) as warehouse:
        warehouse.migrate()
        release(warehouse, EARLIER)
    return path


@pytest.fixture(scope="module")
def needed(earlier: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many statements a refresh is that nobody kills."""
    path = Path(shutil.copy(earlier, tmp_path_factory.mktemp("whole")))
    return MANY - int(_refresh(path, MANY).stdout)


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_in_the_same_release(earlier: Path, needed: int, tmp_path: Path, seed: int):
    path = Path(shutil.copy(earlier, tmp_path))
    chance = random.Random(seed)
    for _ in range(5):
        killed = _refresh(path, chance.randrange(needed))
        with open_duckdb(path) as warehouse:
            with warehouse.transaction() as session:
                states = [one.state for one in releases(session)]
            assert states.count("live") == 1
            standing = FOUND if states == ["live", "retired"] else EARLIER
            assert vectors(warehouse) == expected(standing)
        assert killed.returncode in (0, -signal.SIGKILL)
    with open_duckdb(path) as warehouse:
        ended = release(warehouse, FOUND)
        assert vectors(warehouse) == expected(FOUND)
        with warehouse.transaction() as session:
            assert [one.state for one in releases(session)] == ["live", "retired"]
            kept = find(session, ended.release_id)
    assert (kept.embedded, kept.reused, kept.holes, kept.ghosts) == (200, 200, 0, 0)


def test_a_name_that_was_switched_before_its_release_is_put_right(earlier: Path, tmp_path: Path):
    """As Oracle leaves it, which commits the synonym by itself."""
    with open_duckdb(Path(shutil.copy(earlier, tmp_path))) as warehouse:
        with warehouse.transaction() as session:
            standing = find(session, "1")
            show(warehouse, session, EMPTY_TABLE)
        assert vectors(warehouse) == {}
        switch(warehouse, standing, AT)
        assert vectors(warehouse) == expected(EARLIER)
