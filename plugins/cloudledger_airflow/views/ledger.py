"""What the pages' routes ask for: a session that only reads, and checked parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Request

from cloudledger.warehouse.port import Session

Text = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def _session(request: Request) -> Iterator[Session]:
    with request.app.state.reading() as warehouse, warehouse.transaction() as session:
        yield session


Ledger = Annotated[Session, Depends(_session)]
