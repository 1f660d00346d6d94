"""The slice that a suite judges: every line of the touched days, at a size that stays small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudledger.ledger import projection
from cloudledger.ledger.counted import counted_lines, standing_objects
from cloudledger.sql import statement

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from cloudledger.lake.table import Lake
    from cloudledger.warehouse.port import Warehouse


def slice_frame(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The relation ``counted_line`` of the connection (columns of ``LINE_COLUMNS`` and
    ``x_object_id``) as sql/lake/slice.sql folds it: FOCUS columns, ``lines`` and ``example``.

    Decimals stay Decimal; times are UTC. Its length is the variety of the lines, some thousand
    rows a day for any number of lines.
    """
    frame: pd.DataFrame = con.sql(statement("lake/slice")).to_arrow_table().to_pandas()
    return frame


def pending_slice(warehouse: Warehouse, lake: Lake, *, precedence: Sequence[str]) -> pd.DataFrame:
    """The slice that the next publish will publish: every counted line of every day whose lines
    changed.

    That is what the lake took in since the ledger last read it, which it reads now, and the days
    that an earlier run left pending; so lines that failed once are judged again until they are
    mended.

    :param precedence: the sources' names, the one that counts first before the others.
    """
    with warehouse.transaction() as session:
        projection.sync(session, lake)
        days = projection.pending_days(session)
        version = projection.synced_version(session)
        standing = standing_objects(session, precedence, pending_only=True)
    files = [file for file in lake.files(version) if (file.provider, file.day) in days]
    with counted_lines(lake, files, standing) as con:
        return slice_frame(con)
