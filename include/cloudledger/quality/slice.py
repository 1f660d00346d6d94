"""The slice that a suite judges: every line of the touched days, at a size that stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudledger.sql import statement

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def slice_frame(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The relation ``line`` of the connection (columns of ``LINE_COLUMNS`` and ``x_object_id``) as
    sql/quality/slice.sql folds it: FOCUS columns, ``lines`` and ``example``.

    Decimals stay Decimal; times are UTC. Its length is the variety of the lines, some thousand
    rows a day for any number of lines.
    """
    frame: pd.DataFrame = con.sql(statement("quality/slice")).to_arrow_table().to_pandas()
    return frame
