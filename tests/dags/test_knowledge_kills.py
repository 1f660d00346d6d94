"""kill -9 of knowledge_refresh, embedding processes and all: the next run ends in the same release.

A release of some documents is live; then most of them are new, some have changed and some are gone.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise

import psutil
import pytest
from local_runs import warehouse

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.embedding.vector_files import embedded_hashes, part_files, vector_folder
from cloudledger.knowledge.releases.release_store import releases
from tests.support.run_refresh import main, opened

KEY = opened(Knowledge()).embedding_key
STEPS = ("read", "begin", "embed", "write", "index", "gate", "release")
SHARES = (0.2, 0.5, 0.8)
WORDS = [f"word{number}" for number in range(5000)]
SECTIONS = 12


class Place:
    """Homes that begin alike, and what an undisturbed run makes of one."""

    def __init__(self, tmp_path, monkeypatch, root):
        self.folder, self.root = tmp_path, root
        self._environment = monkeypatch
        documents = tmp_path / "documents"
        documents.mkdir()
        settings = {
            "sources": [{"name": "docs", "uri": f"{documents.as_uri()}/"}],
            "gate": {"generated": 5, "p95_ms": 60_000},
            "processes": 2,
        }
        config = tmp_path / "cloudledger.yaml"
        config.write_text(json.dumps({"knowledge": settings}))
        monkeypatch.setenv("CLOUDLEDGER_CONFIG", str(config))
        self.home = tmp_path / "begun"
        monkeypatch.setenv("CLOUDLEDGER_HOME", str(self.home))
        for number in range(30):
            write(documents, number)
        main("before")
        for number in range(10, 300):
            write(documents, number, version=number // 20 * (number < 30))
        for number in range(5):
            (documents / f"{number}.md").unlink()
        self.begins = []
        self.fresh("undisturbed")
        self.told = main("undisturbed", lambda step: self.begins.append((step, time.monotonic())))
        self.begins.append(("end", time.monotonic()))
        self.whole = outcome()

    def fresh(self, name):
        self.home = self.folder / name
        shutil.copytree(self.folder / "begun", self.home)
        self._environment.setenv("CLOUDLEDGER_HOME", str(self.home))

    def seconds(self, wanted):
        """How long a step takes undisturbed."""
        return next(
            after - at for (step, at), (_, after) in pairwise(self.begins) if step == wanted
        )


@pytest.fixture
def place(tmp_path, monkeypatch, root):
    return Place(tmp_path, monkeypatch, root)


def write(folder, number, version=0):
    """A document whose last section alone is another one in another version."""
    chance = random.Random(number)
    texts = [" ".join(chance.choices(WORDS, k=40)) for _ in range(SECTIONS + version)]
    texts = [*texts[: SECTIONS - 1], texts[-1]]
    sections = "\n\n".join(f"## Part {place}\n\n{text}." for place, text in enumerate(texts))
    (folder / f"{number}.md").write_text(f"# Document {number}\n\n{sections}\n")


def outcome():
    """The live release, its vectors, and all chunks that are kept."""
    with warehouse() as session:
        (standing,) = [one for one in releases(session) if one.state == "live"]
        assert (standing.holes, standing.ghosts) == (0, 0)
        query = f"SELECT * FROM {standing.vector_table} ORDER BY chunk_id"
        return {
            "release": standing.release_id,
            "states": sorted(one.state for one in releases(session)),
            "vectors": session.query(query),
            "seen": session.query("SELECT chunk_id FROM knowledge_vector ORDER BY chunk_id"),
            "chunks": session.query("SELECT * FROM chunk ORDER BY chunk_id"),
            "words": session.query("SELECT * FROM chunk_term ORDER BY ALL"),
        }


def run_until(place, step, wait):
    """Run the tasks in a process group, and kill all of it once ``wait`` returns in a step; how
    the first ended, and how many others there were."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.run_refresh", "killed"],
        cwd=place.root,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as tasks:
        for line in tasks.stdout:
            if line.strip() == step:
                break
        wait()
        workers = psutil.Process(tasks.pid).children() if tasks.poll() is None else []
        if tasks.poll() is None:
            os.killpg(tasks.pid, signal.SIGKILL)
    for worker in workers:
        while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    return tasks.returncode, len(workers)


def test_what_was_embedded_before_a_kill_is_not_embedded_again(place):
    place.fresh("killed")
    folder = vector_folder(place.home)

    def a_file_is_written():
        while not part_files(folder, KEY):
            time.sleep(0.005)

    ended, workers = run_until(place, "embed", a_file_is_written)
    assert (ended, workers) == (-signal.SIGKILL, 2)
    kept = embedded_hashes(folder, KEY)
    texts = place.told["embed"]["texts"]
    assert 0 < len(kept) < texts
    told = main("again")
    assert told["read"]["read"] == 0
    assert told["embed"]["texts"] == texts - len(kept)
    assert told["embed"]["left_out"] == len(kept)
    assert outcome() == place.whole
    assert not list(folder.rglob("*.parquet*"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("step", STEPS)
def test_a_run_killed_in_any_of_its_tasks_is_finished_by_the_next(place, step):
    ends, seconds = [], place.seconds(step)
    for share in SHARES:
        place.fresh(f"killed at {share}")
        ends.append(run_until(place, step, partial(time.sleep, share * seconds))[0])
        main("again")
        assert outcome() == place.whole, share
    assert -signal.SIGKILL in ends, "every run was done before it was killed"
