"""The models that questions are embedded by: loaded at the first question, kept for the next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from cloudledger.knowledge.embedding.encoder import Encoder

if TYPE_CHECKING:
    from cloudledger.knowledge.embedding.encoder import Vectors
    from cloudledger.knowledge.release import Release

MOST = 2
"""Models that are kept: the live release's, and the next or the last one's around a switch."""


@dataclass(frozen=True, slots=True)
class Shared:
    """An encoder that many threads ask, one at a time.

    A fast tokenizer may refuse a second thread ("Already borrowed"), since padding and truncation
    are set on the one that all share: https://github.com/huggingface/transformers/issues/47085.
    """

    model: str
    precision: str
    dimensions: int
    max_tokens: int
    embedding_key: str
    encoder: Encoder = field(repr=False)
    turn: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, one: Encoder) -> Shared:
        """The same encoder, to be shared."""
        return cls(one.model, one.precision, one.dimensions, one.max_tokens, one.embedding_key, one)

    def count(self, texts: Sequence[str]) -> list[int]:
        """See :class:`cloudledger.knowledge.embedding.encoder.Encoder`."""
        with self.turn:
            return self.encoder.count(texts)

    def documents(self, texts: Sequence[str]) -> Vectors:
        """See :class:`cloudledger.knowledge.embedding.encoder.Encoder`."""
        with self.turn:
            return self.encoder.documents(texts)

    def question(self, text: str) -> Vectors:
        """See :class:`cloudledger.knowledge.embedding.encoder.Encoder`."""
        with self.turn:
            return self.encoder.question(text)


class Encoders:
    """Encoders by embedding_key, at most :data:`MOST`; the one that was asked longest ago goes.

    Each API server's process keeps its own.

    :param opened: loads the model that a release was embedded by.
    """

    def __init__(self, opened: Callable[[Release], Encoder]) -> None:
        self._opened = opened
        self._kept: OrderedDict[str, Encoder] = OrderedDict()
        self._lock = Lock()

    def of(self, release: Release) -> Encoder:
        """The release's own; whoever asks while it is being loaded waits for it.

        :raises ModelUnusable: it cannot be loaded; the next question tries again.
        """
        key = release.embedding_key
        with self._lock:
            if key not in self._kept:
                while len(self._kept) >= MOST:
                    self._kept.popitem(last=False)
                self._kept[key] = Shared.of(self._opened(release))
            self._kept.move_to_end(key)
            return self._kept[key]
