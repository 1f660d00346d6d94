"""The reference tables that ``sql/focus`` looks services and regions up in.

``service_reference``: (provider_name, service_key) -> the service's name, category and subcategory,
of the values that FOCUS 1.2 allows. ``region_reference``: (provider_name, region_key) -> the
region's id and name. A key is what the provider's files say, in lower case; ``provider_name`` is
FOCUS's ProviderName. Sources: docs/formats.md.
"""

from __future__ import annotations

import duckdb

from cloudledger.sql import SQL_ROOT, literal

FOLDER = SQL_ROOT / "focus" / "reference"
TABLES = {
    "service_reference": (
        "services.csv",
        ("provider_name", "service_key", "service_name", "service_category", "service_subcategory"),
    ),
    "region_reference": (
        "regions.csv",
        ("provider_name", "region_key", "region_id", "region_name"),
    ),
}


def create_references(con: duckdb.DuckDBPyConnection) -> None:
    """Read both tables into ``con``, once in its life."""
    for table, (file, columns) in TABLES.items():
        kinds = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
        con.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {table} AS FROM read_csv({literal(FOLDER / file)}, "
            f"columns = {{{kinds}}}, auto_detect = false, header = true, delim = ',', quote = '\"')"
        ).fetchall()
