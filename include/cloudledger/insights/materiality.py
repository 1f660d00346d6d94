"""Which events are worth a person's time: by amount and by share, apart from detection.

What a detector finds and what is worth an alert are two questions; answered apart, either can be
changed without the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudledger.insights.events import Event


@dataclass(frozen=True)
class Materiality:
    """The least excess that is told of: this amount, in the series' currency, and this share of
    what was expected. Where nothing was expected the amount decides alone."""

    amount: float = 10.0
    share: float = 0.1

    def __post_init__(self) -> None:
        """:raises ValueError: for a negative amount or share."""
        if not (self.amount >= 0 and self.share >= 0):
            raise ValueError(
                f"materiality of {self.amount} and {self.share}: give zero or more for both"
            )


def is_material(event: Event, least: Materiality) -> bool:
    """Whether an event comes to the least excess, up or down."""
    size = abs(event.excess)
    return size >= least.amount and size >= least.share * max(event.expected, 0.0)
