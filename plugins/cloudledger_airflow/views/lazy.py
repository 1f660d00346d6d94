"""The pages' application, made at the first request.

Airflow loads plugins in every process, tasks included; only the API server needs FastAPI and
Airflow's security module, which cost seconds to import.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from starlette.types import ASGIApp, Receive, Scope, Send


class LazyApp:
    """An ASGI application that stands for the real one."""

    @cached_property
    def app(self) -> ASGIApp:
        """The real one, reading the warehouse and the governance file that the settings name."""
        from cloudledger.governance.config import governance
        from cloudledger.settings import Settings
        from cloudledger_airflow.hooks.warehouse import WarehouseHook
        from cloudledger_airflow.views.app import create_app

        def goals() -> dict[str, Decimal]:
            keys = governance(Settings().governance_file).tags.keys
            return {one.key: one.goal_percent for one in keys}

        return create_app(lambda: WarehouseHook(Settings().warehouse_conn_id).reading(), goals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        await self.app(scope, receive, send)
