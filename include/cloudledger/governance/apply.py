"""Make a planned change in its account: look, write, look again.

A change that was interrupted is made again from what is there: done already, half done, or not
begun. What somebody else changed in the meantime is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from cloudledger.governance.change import (
    Account,
    AccountError,
    AccountUnavailable,
    Change,
    Conflict,
    NotAllowed,
    between,
    same,
    written,
)


class State(StrEnum):
    """How far a change has come."""

    PLANNED = "planned"
    BEGUN = "begun"
    VERIFIED = "verified"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a change ended, and why it did not end well."""

    state: State
    told: str = ""


def apply(account: Account, change: Change, begin: Callable[[], None]) -> Outcome:
    """Make one change, and read it back.

    :param begin: called before the first write, to record that the change may be half done from
        now on.
    :raises NotAllowed: the credential lacks a right: every other change would fail alike.
    :raises AccountUnavailable: throttled or down: the change stays begun, and is to be finished.
    """
    try:
        there = account.read(change.target)
        found = there.document if there else None
        if same(found, change.after):
            return Outcome(State.VERIFIED)
        if not between(found, change.before, change.after):
            return Outcome(
                State.REFUSED,
                f"it is not as it was planned any more: {written(found)}; plan again",
            )
        begin()
        # Half done by an earlier try, it has a version of its own by now.
        account.write(replace(change, version=there.version if there else None))
        after = account.read(change.target)
    except (NotAllowed, AccountUnavailable):
        raise
    except Conflict as error:
        return Outcome(State.REFUSED, str(error))
    except AccountError as error:
        return Outcome(State.FAILED, str(error))
    if same(after.document if after else None, change.after):
        return Outcome(State.VERIFIED)
    held = written(after.document) if after else "nothing"
    return Outcome(State.FAILED, f"the account took it, and holds {held}")
