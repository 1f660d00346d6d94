"""What the other modules know of an embedding model, without loading one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]


class ModelUnusable(Exception):
    """An embedding model cannot be used: which one, where it was looked for, and what to do."""


class Tokens(Protocol):
    """What cuts texts: how long they are for the model."""

    @property
    def max_tokens(self) -> int:
        """What the model reads of a text; the rest of it is not embedded."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text, with the model's special tokens and the document prompt."""
        ...


class Model(Protocol):
    """Which vectors a model makes."""

    @property
    def model(self) -> str:
        """The name that the settings give it."""
        ...

    @property
    def precision(self) -> str:
        """``float32`` or ``bfloat16``: what its weights are kept and computed in."""
        ...

    @property
    def dimensions(self) -> int:
        """Of its vectors."""
        ...

    @property
    def embedding_key(self) -> str:
        """32 hex digits: vectors of one key can be compared, and reused for equal texts."""
        ...


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A :class:`Model` that need not be loaded."""

    model: str
    precision: str
    dimensions: int
    embedding_key: str

    @classmethod
    def of(cls, model: Model) -> KnownModel:
        """What is known of a loaded one."""
        return cls(model.model, model.precision, model.dimensions, model.embedding_key)


class Encoder(Tokens, Model, Protocol):
    """A loaded model. Vectors are float32 and of unit length; equal texts get near-equal ones."""

    def documents(self, texts: Sequence[str]) -> Vectors:
        """Shape ``[texts, dimensions]``, with the document prompt."""
        ...

    def question(self, text: str) -> Vectors:
        """Shape ``[dimensions]``, with the query prompt."""
        ...
