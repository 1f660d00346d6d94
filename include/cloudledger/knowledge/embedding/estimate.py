"""What embedding will take, told before it starts: measured on this machine, by a few texts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cloudledger.knowledge.embedding.embed import fitting
from cloudledger.knowledge.embedding.encoder import Encoder

SAMPLE_SECONDS = 3.0
_AT_ONCE = 16
_FLOAT32 = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is to be embedded and what it takes.

    :param rate: tokens a second, of all processes.
    :param bytes: of the vectors, in a table without its index.
    """

    texts: int
    tokens: int
    rate: float
    bytes: int

    @property
    def seconds(self) -> float:
        """Until all is embedded; 0 when there is nothing to embed."""
        return self.tokens / self.rate if self.tokens else 0.0

    def __str__(self) -> str:
        if not self.texts:
            return "nothing to embed"
        return (
            f"{self.texts:,} texts of {self.tokens:,} tokens to embed: about "
            f"{timedelta(seconds=round(self.seconds))} at {self.rate:,.0f} tokens a second, and "
            f"{self.bytes / 1e6:,.1f} MB of vectors"
        )


def estimate(
    encoder: Encoder, sample: Sequence[str], texts: int, tokens: int, *, processes: int = 0
) -> Estimate:
    """Embed texts of a sample for some seconds and reckon with their rate.

    Tokens are counted, not texts, so the sample need not be as long as the rest on average.

    :param sample: some of the texts, any order; some hundred are enough.
    :param texts: how many there are to embed, and how many ``tokens`` they have.
    :param processes: see :func:`cloudledger.knowledge.embedding.embed.embed`.
    :raises ValueError: there are texts to embed, and none in the sample.
    """
    size = texts * encoder.dimensions * _FLOAT32
    if not texts:
        return Estimate(0, 0, 0.0, 0)
    if not sample:
        raise ValueError("a sample of the texts that are to be embedded is needed")
    encoder.documents(sample[:1])  # what is set up once does not count
    spent = time.monotonic()
    measured = done = 0
    while measured < len(sample) and time.monotonic() - spent < SAMPLE_SECONDS:
        some = sample[measured : measured + _AT_ONCE]
        encoder.documents(some)
        measured += len(some)
        done += sum(min(count, encoder.max_tokens) for count in encoder.count(some))
    rate = done / max(time.monotonic() - spent, 1e-9) * (processes or fitting())
    return Estimate(texts, tokens, rate, size)
