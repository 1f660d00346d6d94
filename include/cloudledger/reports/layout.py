"""Where in one file each declared column stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from cloudledger.reports.declared import ReportFormat
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.formats import folded, prefix_of

NOTHING_GIVEN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions (from 0) in one header.

    ``declared`` maps a declared column's name to its position; ``tags`` and ``extra`` map a tag
    key, or the name of a column that ``x_extra`` keeps, to a position; ``unknown`` are the names
    that the format does not declare, ``missing`` the optional columns the file lacks. ``given``
    maps a declared column that it lacks, too, to the value that every record has in it.
    """

    header: tuple[str, ...]
    declared: Mapping[str, int]
    tags: Mapping[str, int]
    extra: Mapping[str, int]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    given: Mapping[str, str]


def lay_out(
    header: Sequence[str],
    report_format: ReportFormat,
    given: Mapping[str, str] = NOTHING_GIVEN,
    *,
    where: str,
) -> Layout:
    """Assign every column of ``header`` its place; ``given`` maps settings to their values.

    :raises UnreadableReport: a declared column stands in the header twice, or one that a setting
        says is neither in the header nor given.
    """
    names = tuple(name.strip() for name in header)
    at: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        at.setdefault(folded(name), []).append(position)
    declared: dict[str, int] = {}
    extra: dict[str, int] = {}
    known: set[str] = set()
    for column in report_format.columns:
        known.update(folded(name) for name in column.names)
        present = [name for name in column.names if folded(name) in at]
        if not present:
            continue
        first, *others = (at[folded(name)] for name in present)
        if len(first) > 1:
            raise UnreadableReport(
                where, f"the header has {present[0]} {len(first)} times", "Deliver it once"
            )
        declared[column.name] = first[0]
        for position in chain(first if column.as_extra else (), *others):
            _keep(extra, names[position], position)
    tags: dict[str, int] = {}
    unknown: list[str] = []
    for position, name in enumerate(names):
        if folded(name) in known:
            continue
        prefix = prefix_of(name, report_format.tag_prefixes)
        if prefix is not None:
            _keep(tags, name[len(prefix) :], position)
            continue
        _keep(extra, name, position)
        if prefix_of(name, report_format.families) is None:
            unknown.append(name)
    filled = _filled(report_format, declared, given, where)
    missing = tuple(
        column.name
        for column in report_format.columns
        if column.name not in declared and column.name not in filled and not column.may_lack
    )
    return Layout(names, declared, tags, extra, tuple(unknown), missing, filled)


def _filled(
    report_format: ReportFormat, declared: Mapping[str, int], given: Mapping[str, str], where: str
) -> dict[str, str]:
    """The value of each column that the file leaves to a setting."""
    filled: dict[str, str] = {}
    for column in report_format.columns:
        if column.given is None or column.name in declared:
            continue
        if value := given.get(column.given):
            filled[column.name] = value
        elif not column.may_lack:
            raise UnreadableReport(
                where,
                f"a report of the format {report_format.name} that has no column {column.name}",
                f"Say {column.given} in the settings of its source",
            )
    return filled


def _keep(kept: dict[str, int], name: str, position: int) -> None:
    """Under its own name; a name that stands there already gets its column number."""
    while not name or name in kept:
        name = f"{name}#{position + 1}"
    kept[name] = position
