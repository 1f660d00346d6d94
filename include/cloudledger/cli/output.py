"""``cloudledger export`` and ``cloudledger validate``: the ledger's lines as FOCUS 1.2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb

from cloudledger.focus.output import Output, write_output
from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import open_lake
from cloudledger.quality.conformance import judge
from cloudledger.quality.published import NoLines, published_lines
from cloudledger.reporting import conformance, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy


def export_lines(
    settings: Settings, to: Path, *, first_day: date, end_day: date, provider: str
) -> None:
    """Write the counted lines of [``first_day``, ``end_day``) to ``to``.

    :param provider: the ledger's name of a provider, such as ``oracle``; empty means all.
    :raises NoLines: the ledger holds none.
    :raises UnknownOutput: the file's name does not end as one of ``Output``.
    """
    Output.of(to)
    with _lines(settings, first_day, end_day, provider) as con:
        written = write_output(con, "counted_line", to)
    terminal.console(errors=True).print(f"{written:,} lines in {terminal.place(str(to))}")


def validate_day(settings: Settings, day: date, *, provider: str, json: bool) -> bool:
    """Whether the day's lines keep every rule of FOCUS 1.2; prints those that they break.

    :raises NoLines: the ledger holds none.
    """
    with _lines(settings, day, day + timedelta(days=1), provider) as con:
        found = judge(con, "counted_line")
    if json:
        failed = [one.to_json() for one in conformance.failures(found)]
        print(to_json({"day": day, "lines": sum(one.lines for one in found), "failures": failed}))
    else:
        conformance.show_conformance(terminal.console(), found)
    return not any(one.broken for one in found)


@contextmanager
def _lines(
    settings: Settings, first_day: date, end_day: date, provider: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    def wanted(file: LakeFile) -> bool:
        return first_day <= file.day < end_day and provider in ("", file.provider)

    lake = open_lake(settings.lake)
    with open_copy(settings.warehouse) as warehouse:
        try:
            with published_lines(warehouse, lake, wanted, precedence=settings.precedence) as con:
                yield con
        except NoLines as error:
            whose = f" of {provider}" if provider else ""
            raise NoLines(
                f"the ledger holds no line{whose} from {first_day} to before {end_day}"
            ) from error
