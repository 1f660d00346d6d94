"""What the routes ask for: what was published, a session that only reads, checked parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Request

from cloudledger.warehouse.port import Session, Warehouse

Text = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def _published(request: Request) -> Iterator[Warehouse]:
    with request.app.state.reading() as warehouse:
        yield warehouse


Published = Annotated[Warehouse, Depends(_published)]


def _session(warehouse: Published) -> Iterator[Session]:
    with warehouse.transaction() as session:
        yield session


Ledger = Annotated[Session, Depends(_session)]
