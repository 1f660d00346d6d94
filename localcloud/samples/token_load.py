"""Hourly loads of model endpoints, and the metric files they are delivered in.

Drawn bottom-up: callers by hour of the day and day of the week, tokens by call, growth, bursts.
Nothing here knows how a forecast works.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from localcloud.samples.load import AwsObjects
from localcloud.samples.usage import Array, noise

KINDS = ("office", "consumer", "batch", "growing", "bursty", "small")
BUCKET, PREFIX = "meridian-metrics", "bedrock/"
MODEL = "anthropic.claude-sample"
_TOKENS_A_CALL = 900.0
_BURST_EVERY_HOURS = 260


def hourly_load(kind: str, seed: int, hours: int, end: datetime) -> pd.DataFrame:
    """The ``hours`` hours before ``end``: DataFrame[timestamp, calls, input_tokens, output_tokens].

    :param kind: one of ``KINDS``.
    """
    random = noise(seed, kind)
    start = end.astimezone(UTC) - timedelta(hours=hours)
    when = pd.date_range(start, periods=hours, freq="h", tz="UTC")
    hour, weekday = when.hour.to_numpy(float), when.day_of_week.to_numpy()
    callers = _callers(kind, hour, weekday, np.arange(hours) / 24, random)
    calls = random.poisson(np.maximum(callers, 0)).astype(float)
    prompts = _TOKENS_A_CALL * random.lognormal(-0.0072, 0.12, hours)
    answers = 0.3 * _TOKENS_A_CALL * random.lognormal(-0.02, 0.2, hours)
    return pd.DataFrame(
        {
            "timestamp": when,
            "calls": calls,
            "input_tokens": np.round(calls * prompts),
            "output_tokens": np.round(calls * answers),
        }
    )


def write_bedrock(load: pd.DataFrame, model_id: str, to: Path) -> Path:
    """As hourly sums of CloudWatch's ``AWS/Bedrock`` metrics, one column each; CSV or Parquet."""
    table = pd.DataFrame(
        {
            "Timestamp": load["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ModelId": model_id,
            "Invocations": load["calls"].astype("int64"),
            "InputTokenCount": load["input_tokens"].astype("int64"),
            "OutputTokenCount": load["output_tokens"].astype("int64"),
        }
    )
    return _written(table, to)


def write_oci(load: pd.DataFrame, resource_id: str, to: Path) -> Path:
    """As summarised Monitoring metrics of OCI Generative AI: one row for each metric and hour."""
    metrics = {"InputTokenCount": "input_tokens", "OutputTokenCount": "output_tokens"}
    rows = [
        pd.DataFrame(
            {
                "timestamp": load["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
                "name": metric,
                "resourceId": resource_id,
                "value": load[column],
            }
        )
        for metric, column in metrics.items()
    ]
    return _written(pd.concat(rows).sort_values("timestamp", kind="stable"), to)


def plant(aws: AwsObjects, end: datetime, *, seed: int = 20, days: int = 100) -> int:
    """Put a growing chat's Bedrock metrics into S3, a file a day, delivered soon after its end."""
    load = hourly_load("growing", seed, days * 24, end)
    with TemporaryDirectory() as folder:
        for day in range(days):
            hours = load.iloc[day * 24 : (day + 1) * 24]
            name = f"{hours['timestamp'].iloc[0]:%Y-%m-%d}.csv"
            file = write_bedrock(hours, MODEL, Path(folder) / name)
            delivered = end - timedelta(days=days - day - 1, minutes=-10)
            aws.put_object(BUCKET, f"{PREFIX}{name}", file.read_bytes(), delivered)
    return days


def _written(table: pd.DataFrame, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.suffix == ".parquet":
        table.to_parquet(to, index=False)
    else:
        table.to_csv(to, index=False)
    return to


def _callers(
    kind: str, hour: Array, weekday: Array, day: Array, random: np.random.Generator
) -> Array:
    level = float(random.uniform(200, 3000))
    busy = np.exp(-0.5 * ((hour - random.uniform(10, 15)) / 3.2) ** 2)
    evening = np.exp(-0.5 * ((hour - 20) / 2.4) ** 2)
    mood = _mood(random, len(hour))
    shape: Array
    match kind:
        case "office":
            shape = mood * (0.03 + busy * np.where(weekday < 5, 1.0, 0.08))
        case "consumer":
            weekend = np.where(weekday < 5, 1.0, 1.35)
            shape = mood * (0.25 + 0.4 * busy + evening * weekend)
        case "batch":
            nightly = (hour >= 2) & (hour < 5) & (weekday != 6)
            shape = mood * (0.02 + 3.0 * nightly)
        case "growing":
            week = np.where(weekday < 5, 1.0, 0.5)
            shape = mood * (0.2 + busy * week) * np.exp(day * random.uniform(0.002, 0.012))
        case "bursty":
            shape = mood * (0.3 + busy) * _bursts(random, len(hour))
        case "small":
            shape = 0.01 * (0.1 + busy * np.where(weekday < 5, 1.0, 0.3))
        case _:
            raise ValueError(f"{kind} is none of {', '.join(KINDS)}")
    return level * shape


def _mood(random: np.random.Generator, hours: int) -> Array:
    """How eager callers are: it lasts for hours, and for days."""
    fast, slow = np.zeros(hours), np.zeros(hours)
    for t in range(1, hours):
        fast[t] = 0.8 * fast[t - 1] + random.normal(0, 0.05)
        slow[t] = 0.995 * slow[t - 1] + random.normal(0, 0.008)
    return np.exp(fast + slow)


def _bursts(random: np.random.Generator, hours: int) -> Array:
    factor = np.ones(hours)
    for _ in range(random.poisson(hours / _BURST_EVERY_HOURS)):
        begin, lasts = random.integers(0, hours), random.integers(1, 9)
        factor[begin : begin + lasts] *= random.uniform(1.5, 4)
    return factor
