"""An encoder without a model: texts that share words are near to each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding.encoder import Vectors

WORD = re.compile(r"\w+")


@dataclass
class FakeEncoder:
    """Every word has a place among the dimensions and a sign, by its hash; a token is a word.

    :ivar asked: every text that was embedded, in order.
    """

    model: str = "fake"
    precision: str = "float32"
    dimensions: int = 32
    max_tokens: int = 64
    asked: list[str] = field(default_factory=list)

    @property
    def embedding_key(self) -> str:
        return hashed("embedding", self.model, self.precision, str(self.dimensions))

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(WORD.findall(text)) for text in texts]

    def documents(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(
            len(texts), self.dimensions
        )

    def question(self, text: str) -> Vectors:
        return self._vector(text)

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimensions, dtype=np.float32)
        for word in WORD.findall(text.lower())[: self.max_tokens]:
            digest = hashlib.sha256(word.encode()).digest()
            place = int.from_bytes(digest[:4], "big") % self.dimensions
            vector[place] += 1.0 if digest[4] % 2 else -1.0
        length = float(np.linalg.norm(vector))
        if not length:
            vector[0] = length = 1.0
        return vector / np.float32(length)


def open_fake(knowledge: Knowledge) -> FakeEncoder:
    """What ``open_encoder`` is in tests; worker processes find it by its name."""
    return FakeEncoder(model=knowledge.model)
