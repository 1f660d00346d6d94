"""Every text is embedded once, on one process or many, and a killed run is taken up."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding import embed as embedding
from cloudledger.knowledge.embedding.embed import Embedded, embed
from cloudledger.knowledge.embedding.encoder import Vectors
from cloudledger.knowledge.embedding.vector_files import embedded_hashes, part_files, parts
from cloudledger.knowledge.embedding.workers import WorkerDied
from tests.support.encoders import FakeEncoder


def texts(count: int, start: int = 0) -> list[tuple[str, str]]:
    made = [f"text {number} " + "word " * (number % 50) for number in range(start, start + count)]
    return [(hashed(text), text) for text in made]


def silent(_: str) -> None:
    pass


def rows(folder: Path, encoder: FakeEncoder) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for table in parts(folder, encoder.embedding_key):
        values = table.column("embedding").combine_chunks().flatten().to_numpy()
        hashes = table.column("text_hash").to_pylist()
        assert not found.keys() & set(hashes)
        found |= dict(zip(hashes, values.reshape(-1, encoder.dimensions), strict=True))
    return found


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_every_text_has_its_own_vector(tmp_path: Path, processes: int) -> None:
    encoder = FakeEncoder()
    wanted = texts(3000)

    found = embed(iter(wanted + wanted[:100]), encoder, tmp_path, silent, processes=processes)

    assert (found.texts, found.left_out) == (3000, 100)
    vectors = rows(tmp_path, encoder)
    assert vectors.keys() == {text_hash for text_hash, _ in wanted}
    for text_hash, text in wanted[::97]:
        np.testing.assert_array_equal(vectors[text_hash], encoder.documents([text])[0])


def test_nothing_is_embedded_twice(tmp_path: Path) -> None:
    first = FakeEncoder()
    embed(texts(600), first, tmp_path, silent, processes=1)
    second = FakeEncoder()

    found = embed(texts(650), second, tmp_path, silent, processes=1)

    assert found.texts == len(second.asked) == 50
    assert found.left_out == 600


def test_nothing_to_embed(tmp_path: Path) -> None:
    found = embed([], FakeEncoder(), tmp_path, silent)

    assert found.texts == found.rate == 0
    assert embedded_hashes(tmp_path, FakeEncoder().embedding_key) == set()


def test_vectors_of_another_model_do_not_count(tmp_path: Path) -> None:
    embed(texts(10), FakeEncoder(model="old"), tmp_path, silent)

    assert embed(texts(10), FakeEncoder(model="new"), tmp_path, silent).texts == 10


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(st.integers(0, 40), max_size=60), max_size=4))
def test_any_runs_over_any_texts(tmp_path_factory: pytest.TempPathFactory, runs: list) -> None:
    folder = tmp_path_factory.mktemp("embedded")
    known: set[int] = set()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(embedding, "WINDOW", 7)
        patched.setattr(embedding, "JOB", 3)
        for numbers in runs:
            encoder = FakeEncoder()
            wanted = [(f"{number:032d}", f"text {number}") for number in numbers]
            found = embed(wanted, encoder, folder, silent, processes=1)
            assert found.texts == len(encoder.asked) == len(set(numbers) - known)
            known |= set(numbers)
    assert set(rows(folder, FakeEncoder())) == {f"{number:032d}" for number in known}


@pytest.mark.parametrize("damage", ["cut", "emptied", "flipped"])
def test_a_damaged_file_is_embedded_again(tmp_path: Path, damage: str) -> None:
    encoder = FakeEncoder()
    embed(texts(2500), encoder, tmp_path, silent, processes=1)
    whole = rows(tmp_path, encoder)
    path = part_files(tmp_path, encoder.embedding_key)[0]
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    path.write_bytes(content[: {"cut": len(content) - 9, "emptied": 0}.get(damage, len(content))])
    lost = len(whole) - len(rows(tmp_path, encoder))
    told: list[str] = []

    found = embed(texts(2500), encoder, tmp_path, told.append, processes=1)

    assert found.texts == lost > 0
    assert any(path.name in line for line in told)
    assert rows(tmp_path, encoder).keys() == whole.keys()


def test_progress_tells_the_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "SAID_EVERY", 0.0)
    told: list[str] = []

    embed(texts(600), FakeEncoder(), tmp_path, told.append, processes=1, expected=600)

    assert told[0].startswith("64 texts embedded, ")
    assert "536 to go in about 0:00:0" in told[0]
    assert "to go" not in told[-1]


def test_a_hash_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 32"):
        embed([("a" * 33, "text")], FakeEncoder(), tmp_path, silent)


class SlowEncoder(FakeEncoder):
    def documents(self, texts: list[str]) -> Vectors:
        time.sleep(0.002 * len(texts))
        return super().documents(texts)


class Fatal(FakeEncoder):
    """Its process is killed, or fails, at one text."""

    def documents(self, texts: list[str]) -> Vectors:
        if any(text.startswith("text 1999 ") for text in texts):
            if self.model == "raises":
                raise RuntimeError("no such operation")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().documents(texts)


@pytest.mark.parametrize(("how", "told"), [("dies", "SIGKILL"), ("raises", "no such operation")])
def test_a_process_that_dies_is_told(tmp_path: Path, how: str, told: str) -> None:
    fatal = Fatal(model=how)
    with pytest.raises(WorkerDied, match=told):
        embed(texts(6000), fatal, tmp_path, silent, processes=2)

    whole = FakeEncoder(model=how)
    kept = embedded_hashes(tmp_path, whole.embedding_key)
    found = embed(texts(6000), whole, tmp_path, silent, processes=2)

    assert found.texts == 6000 - len(kept)
    assert rows(tmp_path, whole).keys() == dict(texts(6000)).keys()


def test_a_run_that_fails_keeps_all_but_the_last_part(tmp_path: Path) -> None:
    class Stops(FakeEncoder):
        def documents(self, texts: list[str]) -> Vectors:
            if len(self.asked) > 2400:
                raise KeyboardInterrupt
            return super().documents(texts)

    encoder = Stops()
    with pytest.raises(KeyboardInterrupt):
        embed(texts(4000), encoder, tmp_path, silent, processes=1)

    assert len(embedded_hashes(tmp_path, encoder.embedding_key)) == 2048


def _embed_slowly(folder: Path, processes: int) -> Embedded:
    return embed(texts(4000), SlowEncoder(), folder, silent, processes=processes)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("after", [0.05, 0.4, 1.1, 1.9, 3.3])
def test_a_killed_run_is_taken_up(tmp_path: Path, processes: int, after: float) -> None:
    run = get_context("fork").Process(target=_embed_slowly, args=(tmp_path, processes))
    run.start()
    time.sleep(after)
    run.kill()
    run.join()
    encoder = FakeEncoder()

    with_lock_waited = embed([], encoder, tmp_path, silent)
    kept = embedded_hashes(tmp_path, encoder.embedding_key)
    found = embed(texts(4000), encoder, tmp_path, silent, processes=1)

    assert with_lock_waited.texts == 0
    assert sorted(encoder.asked) == sorted(t for h, t in texts(4000) if h not in kept)
    assert found.texts == 4000 - len(kept)
    assert rows(tmp_path, encoder).keys() == dict(texts(4000)).keys()
    assert not list(tmp_path.rglob("*.unfinished"))
