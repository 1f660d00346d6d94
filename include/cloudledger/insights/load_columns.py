"""Which columns of a file of metrics hold a load.

Bedrock publishes ``InputTokenCount``, ``OutputTokenCount`` and ``Invocations`` (CloudWatch
namespace ``AWS/Bedrock``, dimension ``ModelId``), OCI Generative AI ``InputTokenCount``,
``OutputTokenCount`` and ``TotalInvocationCount`` (Monitoring). Both say nothing of an hour
without a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Gaps = Literal["unknown", "zero"]


class LoadRefused(ValueError):
    """A file or a frame is no load series: what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class LoadColumns:
    """Which columns of a file hold the load.

    :param timestamp: the column of instants; without a zone they are UTC.
    :param values: columns that are added up, such as input and output tokens; one, where there is
        a row for each metric.
    :param metric: for such a file, the column that names the metric ...
    :param metrics: ... and the metrics that are added up; other rows are left out.
    :param where: only rows whose columns have these values, such as ``{"ModelId": ...}``.
    :param gaps: what an hour without a row is: not known, or without load.
    :raises ValueError: a metric without its column, or the other way round.
    """

    timestamp: str = "timestamp"
    values: tuple[str, ...] = ("load",)
    metric: str = ""
    metrics: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    gaps: Gaps = "unknown"

    def __post_init__(self) -> None:
        if bool(self.metric) != bool(self.metrics) or (self.metric and len(self.values) != 1):
            raise ValueError(
                f"metric={self.metric!r}, metrics={self.metrics}, values={self.values}: name the "
                "column of metrics, the metrics that count and one column of values, or no metric"
            )

    @property
    def names(self) -> list[str]:
        """Every column that a file must have."""
        return [self.timestamp, *self.values, *filter(None, [self.metric]), *self.where]


TOKENS = ("InputTokenCount", "OutputTokenCount")
LAYOUTS = {
    "plain": LoadColumns(),
    "bedrock": LoadColumns("Timestamp", TOKENS, gaps="zero"),
    "oci_generative_ai": LoadColumns(
        "timestamp", ("value",), metric="name", metrics=TOKENS, gaps="zero"
    ),
}
"""Layouts by name: ``load`` by ``timestamp``, and tokens as the two clouds' metrics have them."""
