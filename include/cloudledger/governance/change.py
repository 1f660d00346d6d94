"""What is to be changed in a cloud account, and what it takes to change it safely.

A thing that is governed (a budget with its alert rules, a running instance) is a document: names
and JSON values. A change is the document as it was found and as it is wanted; what has to be done
follows from the two. Amounts are texts of decimals, so that a document says the same in JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Document = Mapping[str, Any]
"""JSON values only: text, whole numbers, booleans, lists and mappings of them, None."""


class Action(StrEnum):
    """What makes the wanted document of the found one."""

    CREATE = "create"
    UPDATE = "update"
    RETIRE = "retire"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Found:
    """A document as an account holds it; ``version`` is what a conditional update has to name."""

    document: Document
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of one account: ``before`` as it was found, ``after`` as it is wanted.

    :param account: the configured name of the account.
    :param target: what names the thing in its account: a budget's name, an instance's OCID.
    :param before: None when there is no such thing.
    :param after: None when there should be none.
    :param version: of ``before``.
    :param reasons: why, one sentence each.
    """

    account: str
    target: str
    before: Document | None
    after: Document | None
    version: str | None = None
    reasons: tuple[str, ...] = ()

    @property
    def action(self) -> Action:
        """What has to be done."""
        if same(self.before, self.after):
            return Action.UNCHANGED
        if self.before is None:
            return Action.CREATE
        return Action.RETIRE if self.after is None else Action.UPDATE

    @property
    def token(self) -> str:
        """The same for the same change, whoever asks for it: 32 hex digits for a retry token."""
        said = [self.account, self.target, self.version, written(self.before), written(self.after)]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


class AccountError(Exception):
    """An account did not do as asked: ``where``, ``what`` it said, and what ``to_do``."""

    def __init__(self, where: str, what: str, to_do: str) -> None:
        super().__init__(f"{where}: {what}. {to_do}")
        self.where = where


class NotAllowed(AccountError):
    """The credential lacks a right; the message names the permission. No retry mends that."""


class Conflict(AccountError):
    """The thing was changed by somebody else since it was read. Plan again."""


class QuotaReached(AccountError):
    """The account holds as many as it may. Nothing was made."""


class AccountUnavailable(AccountError):
    """Throttled or down after every retry. The same call may work later."""


class Unfinished(AccountUnavailable):
    """The account took the change and is at it still. Look again later."""


class Account(Protocol):
    """The things of one kind in one account, such as its budgets.

    Every method raises :class:`NotAllowed`, :class:`AccountUnavailable` or another
    :class:`AccountError`.
    """

    def list(self) -> Mapping[str, Found]:
        """By target everything that this project owns there or may adopt, and nothing else."""
        ...

    def read(self, target: str) -> Found | None:
        """One thing as it is now; None when there is none that this project may touch."""
        ...

    def write(self, change: Change) -> None:
        """Make it so; several calls where one does not do. Called again after it was interrupted
        half way, it does the rest, with the same retry tokens.

        :raises Conflict: the thing is not of ``change.version`` any more.
        :raises QuotaReached: nothing more can be created.
        """
        ...


def written(document: Document | None) -> str | None:
    """A document as JSON, equal for equal ones."""
    if document is None:
        return None
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def same(one: Document | None, other: Document | None) -> bool:
    """Whether two documents say the same; the order of a list counts, that of names does not."""
    return written(one) == written(other)


def between(found: Document | None, before: Document | None, after: Document | None) -> bool:
    """Whether ``found`` is what an interrupted change may leave: each part is an old or a new one.

    A list may lack items, and hold those of either side; an item that has parts itself may be half
    changed, too.
    """
    return _is_of(found or {}, [before or {}, after or {}])


def _is_of(value: Any, sides: Sequence[Any]) -> bool:
    if isinstance(value, Mapping):
        held = [side for side in sides if isinstance(side, Mapping)]
        return all(
            _is_of(part, [side[name] for side in held if name in side])
            for name, part in value.items()
        )
    if isinstance(value, list):
        items = [item for side in sides if isinstance(side, list) for item in side]
        return all(_is_of(item, items) for item in value)
    return value in sides
