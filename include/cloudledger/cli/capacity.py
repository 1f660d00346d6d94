"""``cloudledger capacity``: the units for a load in files, without a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from cloudledger.cli.home import told
from cloudledger.insights.load_columns import LAYOUTS, LoadColumns
from cloudledger.insights.scaling import ScalingPolicy

INSTANT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]


def _positive(value: float | None) -> float | None:
    if value is not None and not (isfinite(value) and value > 0):
        raise typer.BadParameter(f"{value} is not above 0")
    return value


def _known_layout(name: str) -> str:
    if name not in LAYOUTS:
        raise typer.BadParameter(f"{name} is none of {', '.join(LAYOUTS)}")
    return name


def _known_gaps(name: str | None) -> str | None:
    if name not in (None, "unknown", "zero"):
        raise typer.BadParameter(f"{name} is neither unknown nor zero")
    return name


def capacity(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="CSV or Parquet."),
    ],
    capacity_per_unit: Annotated[
        float,
        typer.Option(callback=_positive, help="What a unit carries in an hour: tokens, requests."),
    ],
    units: Annotated[int, typer.Option(min=0, help="How many run now.")],
    layout: Annotated[
        str, typer.Option(callback=_known_layout, help=f"One of {', '.join(LAYOUTS)}.")
    ] = "plain",
    timestamp: Annotated[
        str | None, typer.Option(help="The column of instants, other than the layout's.")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="A column of the load; several are added up.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Only rows with this value.")
    ] = None,
    gaps: Annotated[
        str | None,
        typer.Option(callback=_known_gaps, help="An hour without a row: unknown or zero."),
    ] = None,
    min_units: Annotated[int, typer.Option(help="Never fewer.")] = 1,
    max_units: Annotated[int | None, typer.Option(help="Never more.")] = None,
    target: Annotated[float, typer.Option(help="How full units should be.")] = 0.7,
    low_periods: Annotated[int, typer.Option(help="Down only after so many low hours.")] = 6,
    lead_hours: Annotated[int, typer.Option(help="How long a new unit takes to serve.")] = 1,
    quantile: Annotated[float, typer.Option(help="The share of hours that must fit.")] = 0.95,
    limit: Annotated[
        float | None, typer.Option(callback=_positive, help="An hourly load to find the date of.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=INSTANT, help="An instant, UTC; nothing later is looked at."),
    ] = None,
    hours: Annotated[int, typer.Option(min=0, help="How many hours to show.")] = 24,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Plan units for a load by the hour; exit 1 when it tells nothing."""
    given = {"timestamp": timestamp, "values": tuple(value or ()), "gaps": gaps}
    try:
        policy = ScalingPolicy(min_units, max_units, target, low_periods, lead_hours, quantile)
        columns = _columns(layout, where or [], given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with told():
        planned = _tell(
            files,
            columns,
            policy,
            capacity_per_unit=capacity_per_unit,
            units=units,
            limit=limit,
            as_of=as_of and as_of.replace(tzinfo=UTC),
            hours=hours,
            json=json,
        )
    raise typer.Exit(0 if planned else 1)


def _columns(layout: str, where: Sequence[str], given: dict[str, Any]) -> LoadColumns:
    if wrong := [one for one in where if "=" not in one]:
        raise ValueError(f"--where {wrong[0]}: write COLUMN=VALUE")
    said = {name: value for name, value in given.items() if value}
    return replace(LAYOUTS[layout], where=dict(one.split("=", 1) for one in where), **said)


def _tell(
    files: Sequence[Path],
    columns: LoadColumns,
    policy: ScalingPolicy,
    *,
    capacity_per_unit: float,
    units: int,
    limit: float | None,
    as_of: datetime | None,
    hours: int,
    json: bool,
) -> bool:
    """Whether a plan could be made; prints it.

    :raises LoadRefused: no file can be read, or none has the declared columns.
    """
    from cloudledger.insights.capacity import plan
    from cloudledger.insights.load import read_load
    from cloudledger.reporting import capacity, terminal
    from cloudledger.reporting.plain import to_json

    history, problems = read_load(files, columns)
    found = plan(
        history,
        capacity_per_unit,
        units,
        policy=policy,
        as_of=as_of,
        limit=limit,
        gaps=columns.gaps,
        problems=problems,
    )
    if json:
        print(to_json(capacity.figures(found)))
    else:
        capacity.show_plan(terminal.console(), found, hours)
    return not found.reason
