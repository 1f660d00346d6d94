"""The embedding model: any SentenceTransformer, on the processor, without the network."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding.encoder import ModelUnusable, Vectors
from cloudledger.knowledge.embedding.model_files import (
    cached_folder,
    fingerprint,
    folder_here,
    stay_offline,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from cloudledger.knowledge.release import Release

VERSION = "1"
"""Raised when this module embeds in another way: every text is embedded anew then."""

BATCH_TOKENS = 2048
BATCH_TEXTS = 32
"""Of a batch at most, padding counted: larger ones take more memory and are no faster."""

_CPU_FLAGS = {"amx_bf16", "avx512_bf16"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class LoadedEncoder:
    """A loaded model, see :class:`cloudledger.knowledge.embedding.encoder.Encoder`."""

    model: str
    precision: str
    dimensions: int
    max_tokens: int
    embedding_key: str
    document_prompt: str
    query_prompt: str
    transformer: SentenceTransformer = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)

    def count(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text, with the model's special tokens and the document prompt."""
        return self._count([self.document_prompt + text for text in texts])

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Shape ``[texts, dimensions]``; the longest are embedded first, each with its like.

        :raises ModelUnusable: the model gives values that are no numbers.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        lengths = np.minimum(self.count(texts), self.max_tokens)
        for batch in _batches(lengths):
            vectors[batch] = self._embed([texts[place] for place in batch], self.document_prompt)
        return vectors

    def question(self, text: str) -> Vectors:
        """Shape ``[dimensions]``, with the query prompt."""
        vector: Vectors = self._embed([text], self.query_prompt)[0]
        return vector

    def _count(self, texts: list[str]) -> list[int]:
        return [len(found.ids) for found in self.tokenizer.encode_batch_fast(texts)]

    def _embed(self, texts: list[str], prompt: str) -> Vectors:
        found = self.transformer.encode(
            texts,
            prompt=prompt or None,
            batch_size=len(texts),
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        vectors: Vectors = np.asarray(found, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise ModelUnusable(
                f"{self.model} in {self.precision} gives vectors without a direction: set "
                "knowledge.precision to float32, or name another model"
            )
        vectors = vectors / lengths
        return vectors


def open_encoder(knowledge: Knowledge) -> LoadedEncoder:
    """The model that the settings name, loaded.

    :raises ModelUnusable: it is not on this machine, not what it should be, or not a
        SentenceTransformer with a fast tokenizer.
    """
    offline = stay_offline()
    # A pool of threads in the tokenizer would not survive the fork into embedding processes.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    name = knowledge.model
    folder = folder_here(name)
    transformer = _loaded(name, folder, offline)
    # Where the network is allowed, loading has brought the files into the cache.
    folder = folder or cached_folder(name)
    precision = precision_here(knowledge.precision)
    # A checkpoint may be kept in half precision itself: ask for float32, too.
    transformer = transformer.bfloat16() if precision == "bfloat16" else transformer.float()
    transformer.default_prompt_name = None
    max_tokens = transformer.max_seq_length
    if not max_tokens:
        raise ModelUnusable(
            f"{name} does not say how many tokens it takes: write max_seq_length into its "
            "sentence_bert_config.json"
        )
    dimensions = int(transformer.encode(["dimensions"], show_progress_bar=False).shape[1])
    key = hashed(
        "embedding",
        VERSION,
        name,
        fingerprint(folder),
        precision,
        str(max_tokens),
        str(dimensions),
        knowledge.document_prompt,
        knowledge.query_prompt,
    )
    return LoadedEncoder(
        model=name,
        precision=precision,
        dimensions=dimensions,
        max_tokens=int(max_tokens),
        embedding_key=key,
        document_prompt=knowledge.document_prompt,
        query_prompt=knowledge.query_prompt,
        transformer=transformer,
        tokenizer=_tokenizer(name, transformer),
    )


def open_encoder_of(release: Release, knowledge: Knowledge) -> LoadedEncoder:
    """The model that a release was embedded by, for its questions and its other texts.

    :raises ModelUnusable: it cannot be loaded, or gives vectors that are not the release's kind.
    """
    wanted = knowledge.model_dump() | {"model": release.model, "precision": release.precision}
    encoder = open_encoder(Knowledge.model_validate(wanted))
    if encoder.dimensions != release.dimensions:
        raise ModelUnusable(
            f"{release.model} gives vectors of {encoder.dimensions} dimensions here, release "
            f"{release.number} has {release.dimensions}: bring back the model's files, or embed "
            "anew with this one"
        )
    if encoder.embedding_key != release.embedding_key:
        raise ModelUnusable(
            f"{release.model} is not here as release {release.number} was embedded by it: bring "
            "back its files and prompts, or embed anew by a run of knowledge_refresh"
        )
    return encoder


def computes_bfloat16(flags: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor computes in bfloat16; elsewhere it is slower than float32."""
    try:
        lines = flags.read_text().splitlines()
    except OSError:
        return False
    return any(_CPU_FLAGS & set(line.split()) for line in lines if line.startswith("flags"))


def precision_here(wanted: str) -> str:
    """What a model is computed in by this processor, where the settings say ``wanted``."""
    if wanted == "auto":
        return "bfloat16" if computes_bfloat16() else "float32"
    if wanted == "bfloat16" and not computes_bfloat16():
        _log.warning("This processor emulates bfloat16: knowledge.precision auto is faster")
    return wanted


def _loaded(name: str, folder: Path | None, offline: bool) -> SentenceTransformer:
    # Kernels are kept by the shape of batches, 1,024 of them: a tenth of the memory, for no speed.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # Embedding runs one process for each core; threads would be lost in a fork besides.
    torch.set_num_threads(1)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder or name), device="cpu", local_files_only=offline, trust_remote_code=False
        )
    except (
        OSError,
        ValueError,
        KeyError,
        AttributeError,
        TypeError,
        ImportError,
        RuntimeError,
        SafetensorError,
    ) as error:
        raise ModelUnusable(
            f"{name} cannot be loaded from {folder or 'the hub'}: {error}. Name a folder or a "
            "model that SentenceTransformer can open on a processor"
        ) from error


def _tokenizer(name: str, transformer: SentenceTransformer) -> Tokenizer:
    """A copy that neither cuts nor pads, so that it counts what a text really has."""
    from tokenizers import Tokenizer

    own = getattr(transformer.tokenizer, "backend_tokenizer", None)
    if not isinstance(own, Tokenizer):
        raise ModelUnusable(
            f"{name} has no fast tokenizer, by which documents are cut: name a model with a "
            "tokenizer.json"
        )
    # Without its files, an empty one is made that takes every word for the unknown one.
    underlying = transformer.transformers_model
    words = getattr(getattr(underlying, "config", None), "vocab_size", 0)
    if own.get_vocab_size() < words / 2:
        raise ModelUnusable(
            f"{name} has weights for {words:,} tokens, and a tokenizer that knows "
            f"{own.get_vocab_size():,}: bring its tokenizer.json or vocab.txt"
        )
    copy = Tokenizer.from_str(own.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def _batches(lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Places of texts, the longest first, in batches of about equal length."""
    order = np.argsort(-lengths, kind="stable")
    begin = 0
    while begin < len(order):
        size = min(BATCH_TEXTS, max(1, BATCH_TOKENS // max(1, int(lengths[order[begin]]))))
        yield order[begin : begin + size]
        begin += size
