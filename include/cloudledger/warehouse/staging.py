"""Which tables may be replaced outside a transaction."""

from __future__ import annotations

from cloudledger.warehouse.port import WarehouseError

SUFFIX = "_stage"


def require_staging(table: str) -> None:
    """Refuse any table that is not a staging table: replacing it commits at once.

    :raises WarehouseError: the name does not end in ``_stage``.
    """
    if not table.endswith(SUFFIX):
        raise WarehouseError(
            f"{table} is no staging table (*{SUFFIX}) and is not replaced outside a transaction: "
            "use Session.insert"
        )
