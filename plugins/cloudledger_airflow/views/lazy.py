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

    from cloudledger.knowledge.embedding.encoder import Encoder
    from cloudledger.knowledge.release import Release


class LazyApp:
    """An ASGI application that stands for the real one."""

    @cached_property
    def app(self) -> ASGIApp:
        """The real one, over the warehouse, governance file and models that the settings name."""
        from cloudledger.governance.config import governance
        from cloudledger.settings import Settings
        from cloudledger_airflow.hooks.warehouse import WarehouseHook
        from cloudledger_airflow.views.app import create_app
        from cloudledger_airflow.views.encoders import Encoders
        from cloudledger_airflow.views.writer import WAIT_SECONDS, one_at_a_time

        def hook() -> WarehouseHook:
            return WarehouseHook(Settings().warehouse_conn_id, wait_seconds=WAIT_SECONDS)

        def goals() -> dict[str, Decimal]:
            keys = governance(Settings().governance_file).tags.keys
            return {one.key: one.goal_percent for one in keys}

        def opened(release: Release) -> Encoder:
            from cloudledger.knowledge.embedding.model import open_encoder_of

            return open_encoder_of(release, Settings().knowledge)

        return create_app(lambda: hook().reading(), one_at_a_time(hook), goals, Encoders(opened))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        await self.app(scope, receive, send)
