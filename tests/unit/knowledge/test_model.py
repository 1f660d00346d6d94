"""The packaged model, and what is said of one that cannot be used."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cloudledger.knowledge.config import PACKAGED, Knowledge
from cloudledger.knowledge.embedding import model, model_files
from cloudledger.knowledge.embedding.embed import embed
from cloudledger.knowledge.embedding.encoder import Encoder, ModelUnusable
from cloudledger.knowledge.embedding.estimate import estimate
from cloudledger.knowledge.embedding.model import (
    LoadedEncoder,
    computes_bfloat16,
    open_encoder,
    open_encoder_of,
)
from cloudledger.knowledge.embedding.model_files import (
    PACKAGED_WEIGHTS,
    fingerprint,
    packaged_folder,
)
from cloudledger.knowledge.embedding.vector_files import parts
from cloudledger.knowledge.release import Release

TEXTS = [
    "Restart the node pool when its memory runs out.",
    "How to reboot nodes that are short of memory",
    "Invoices are due in thirty days",
]


@pytest.fixture(scope="module")
def encoder() -> LoadedEncoder:
    return open_encoder(Knowledge(precision="float32"))


def test_the_packaged_model(encoder: Encoder) -> None:
    assert (encoder.model, encoder.precision) == (PACKAGED, "float32")
    assert (encoder.dimensions, encoder.max_tokens) == (384, 256)

    vectors = encoder.documents(TEXTS)

    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    near, far, other = (vectors @ vectors.T)[np.triu_indices(3, 1)]
    assert near > 0.6
    assert max(far, other) < 0.2
    question = encoder.question("a node is out of memory")
    assert question.shape == (384,)
    assert np.argmax(vectors @ question) < 2


def test_vectors_stand_where_their_texts_do(encoder: Encoder) -> None:
    texts = [f"{'word ' * (number * 37 % 90)}number {number}" for number in range(70)]

    together = encoder.documents(texts)

    alone = np.stack([encoder.documents([text])[0] for text in texts[::10]])
    np.testing.assert_allclose(together[::10], alone, atol=1e-5)
    assert encoder.documents([]).shape == (0, 384)


def test_tokens_are_counted_whole(encoder: LoadedEncoder) -> None:
    assert encoder.count(["cost", "word " * 1000, ""]) == [3, 1002, 2]
    own = encoder.transformer.tokenizer(TEXTS)["input_ids"]
    assert encoder.count(TEXTS) == [len(ids) for ids in own]


@pytest.mark.skipif(not computes_bfloat16(), reason="the processor has no bfloat16")
def test_bfloat16_is_near_float32(encoder: LoadedEncoder) -> None:
    half = open_encoder(Knowledge(precision="auto"))
    texts = [*TEXTS, "Budget of department 7: " + "storage egress commitment " * 40]

    assert half.precision == "bfloat16"
    assert half.embedding_key != encoder.embedding_key
    vectors = half.documents(texts)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    assert (vectors * encoder.documents(texts)).sum(axis=1).min() > 0.99


def test_processes_share_the_model(encoder: LoadedEncoder, tmp_path: Path) -> None:
    texts = [(str(number), f"Budget of department {number}") for number in range(600)]

    found = embed(texts, encoder, tmp_path, lambda _: None, processes=2)

    assert found.texts == 600
    rows = {
        text_hash: vector
        for table in parts(tmp_path, encoder.embedding_key)
        for text_hash, vector in zip(*table.to_pydict().values(), strict=True)
    }
    for number in (0, 299, 599):
        alone = encoder.documents([texts[number][1]])[0]
        np.testing.assert_allclose(rows[str(number)], alone, atol=1e-5)


def test_an_estimate_is_measured(encoder: LoadedEncoder) -> None:
    found = estimate(encoder, TEXTS * 4, texts=10_000, tokens=1_000_000, processes=2)

    assert found.bytes == 10_000 * 384 * 4
    assert 10 < found.seconds < 100_000
    assert "10,000 texts of 1,000,000 tokens" in str(found)


def test_a_prompt_is_part_of_the_key_and_of_the_count(encoder: LoadedEncoder) -> None:
    folder = str(packaged_folder())
    prompted = open_encoder(
        Knowledge(precision="float32", model=folder, document_prompt="passage: ")
    )

    assert prompted.embedding_key != encoder.embedding_key
    assert prompted.count(TEXTS) == [count + 2 for count in encoder.count(TEXTS)]
    expected = encoder.documents(["passage: " + text for text in TEXTS])
    np.testing.assert_allclose(prompted.documents(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(prompted.question(TEXTS[0]), encoder.question(TEXTS[0]), atol=1e-5)


def test_a_release_of_another_kind_is_not_searched(
    encoder: LoadedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Knowledge] = []
    monkeypatch.setattr(model, "open_encoder", lambda one: asked.append(one) or encoder)
    release = Release(
        release_id="3f",
        number=7,
        state="live",
        embedding_key=encoder.embedding_key,
        prep_key="p",
        model=PACKAGED,
        precision="float32",
        dimensions=384,
        documents=1,
        chunks=1,
    )

    assert open_encoder_of(release, Knowledge(model="another")) is encoder
    assert (asked[0].model, asked[0].precision) == (PACKAGED, "float32")
    with pytest.raises(ModelUnusable, match="384 dimensions here, release 7 has 768"):
        open_encoder_of(replace(release, dimensions=768), Knowledge())
    with pytest.raises(ModelUnusable, match="not here as release 7"):
        open_encoder_of(replace(release, embedding_key="other"), Knowledge())


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    shutil.copy(packaged_folder() / "model.safetensors", path)
    model_files.check_weights(path)
    with path.open("r+b") as weights:
        weights.seek(50_000_000)
        byte = weights.read(1)
        weights.seek(50_000_000)
        weights.write(bytes([byte[0] ^ 1]))

    with pytest.raises(ModelUnusable, match=PACKAGED_WEIGHTS):
        model_files.check_weights(path)
    with pytest.raises(ModelUnusable, match="is not there"):
        model_files.check_weights(tmp_path / "none.safetensors")


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "PACKAGE", "no-such-package")

    with pytest.raises(ModelUnusable, match="make install"):
        packaged_folder()


def test_a_model_that_is_nowhere() -> None:
    with pytest.raises(ModelUnusable, match="hf download sentence-transformers/no-such-model"):
        open_encoder(Knowledge(model="no-such-model"))
    with pytest.raises(ModelUnusable, match="neither a folder nor in the hub's cache"):
        open_encoder(Knowledge(model="/no/such/folder"))


@pytest.mark.parametrize("broken", ["empty", "weights", "config", "tokenizer"])
def test_a_folder_that_is_no_model(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "model"
    if broken == "empty":
        folder.mkdir()
    else:
        shutil.copytree(packaged_folder(), folder)
    if broken == "weights":
        (folder / "model.safetensors").write_bytes(b"cut")
    if broken == "config":
        (folder / "config.json").write_text("{}")
    if broken == "tokenizer":
        for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
            (folder / name).unlink()

    with pytest.raises(ModelUnusable, match=str(folder)):
        open_encoder(Knowledge(model=str(folder)))


def test_a_fingerprint_is_of_weights_and_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "vocab.txt").write_text("words")
    first = fingerprint(tmp_path)

    (tmp_path / "pytorch_model.bin").write_bytes(b"the same in another format")
    (tmp_path / "README.md").write_text("about it")
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "config.json").write_text("{}")
    assert fingerprint(tmp_path) == first

    (tmp_path / "vocab.txt").write_text("other words")
    second = fingerprint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    assert len({first, second, fingerprint(tmp_path)}) == 3


@pytest.mark.parametrize(
    ("flags", "computes"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags\t\t: fpu amx_bf16\n", True),
        ("flags\t\t: fpu avx512f avx2\nbugs : amx_bf16\n", False),
        ("", False),
    ],
)
def test_what_computes_in_bfloat16(tmp_path: Path, flags: str, computes: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(flags)

    assert computes_bfloat16(path) is computes
    assert not computes_bfloat16(tmp_path / "none")


@pytest.mark.parametrize(
    ("wanted", "has", "got", "warned"),
    [
        ("auto", True, "bfloat16", False),
        ("auto", False, "float32", False),
        ("float32", True, "float32", False),
        ("bfloat16", False, "bfloat16", True),
        ("bfloat16", True, "bfloat16", False),
    ],
)
def test_precision_follows_the_processor(
    wanted: str,
    has: bool,
    got: str,
    warned: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(model, "computes_bfloat16", lambda: has)
    caplog.set_level(logging.WARNING, logger=model.__name__)

    assert model.precision_here(wanted) == got
    assert bool(caplog.records) is warned
