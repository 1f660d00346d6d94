"""Where a command works, and how its errors are told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from cloudledger.settings import Settings


def at_home(home: Path | None) -> Settings:
    """The settings, with ``home`` (from the working folder) in place of theirs if it is given."""
    from cloudledger.settings import Settings

    return Settings(home=home.resolve()) if home else Settings()


@contextmanager
def told() -> Iterator[None]:
    """Ends the command with exit code 1 and one message for what a user can mend.

    Anything else is a defect and keeps its traceback.
    """
    from pydantic import ValidationError

    from cloudledger.alerting.outbox import UnknownNotification
    from cloudledger.clouds.object_store import ObjectStoreError
    from cloudledger.focus.output import UnknownOutput
    from cloudledger.governance.chargeback.config import ChargebackRefused
    from cloudledger.governance.config import UnreadableFile
    from cloudledger.governance.plan import UnknownPlan
    from cloudledger.governance.remediation.undo_wish import UndoRefused
    from cloudledger.governance.tags.config import TagsRefused
    from cloudledger.insights.load_columns import LoadRefused
    from cloudledger.knowledge.embedding.encoder import ModelUnusable
    from cloudledger.knowledge.gate.feedback import UnknownPassage
    from cloudledger.knowledge.gate.questions import QuestionsInvalid
    from cloudledger.knowledge.releases.index import NotReady
    from cloudledger.knowledge.releases.release_store import UnknownRelease
    from cloudledger.knowledge.releases.switch import WrongState
    from cloudledger.knowledge.retrieval.search import SearchRefused
    from cloudledger.lake.table import LakeBusy
    from cloudledger.ledger.differences import NotReconciled
    from cloudledger.ledger.publish import LedgerMoved, SumTooLarge
    from cloudledger.quality.published import NoLines
    from cloudledger.reporting.cost import UnknownDimension
    from cloudledger.reporting.governance import NoSuchPlan
    from cloudledger.reporting.insights import NoSuchEvent
    from cloudledger.warehouse.port import WarehouseError

    mendable = (
        ObjectStoreError,
        ChargebackRefused,
        LakeBusy,
        LoadRefused,
        ModelUnusable,
        NotReady,
        NotReconciled,
        LedgerMoved,
        QuestionsInvalid,
        SearchRefused,
        SumTooLarge,
        TagsRefused,
        UndoRefused,
        NoLines,
        NoSuchEvent,
        NoSuchPlan,
        UnknownDimension,
        UnknownNotification,
        UnknownOutput,
        UnknownPassage,
        UnknownPlan,
        UnknownRelease,
        UnreadableFile,
        WarehouseError,
        WrongState,
        OSError,
    )
    try:
        yield
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(map(str, problem["loc"])) or "settings"
            print(f"cloudledger: {where}: {problem['msg']}", file=sys.stderr)
        raise typer.Exit(1) from error
    except mendable as error:
        print(f"cloudledger: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
