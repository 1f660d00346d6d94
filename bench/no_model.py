"""Vectors at random, always the same ones for a text: in a moment, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding.encoder import Vectors


@dataclass(frozen=True)
class NoModel:
    """See :class:`cloudledger.knowledge.embedding.encoder.Encoder`; a token is a word."""

    model: str = "none"
    precision: str = "float32"
    dimensions: int = 384
    max_tokens: int = 256

    @property
    def embedding_key(self) -> str:
        return hashed("embedding", self.model)

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def documents(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.question(text) for text in texts], np.float32)

    def question(self, text: str) -> Vectors:
        chance = np.random.default_rng(crc32(text.encode()))
        vector = chance.standard_normal(self.dimensions, dtype=np.float32)
        return vector / np.linalg.norm(vector)
