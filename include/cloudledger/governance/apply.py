"""Make a planned change in its account: look, write, look again.

A change that was interrupted is made again from what is there: done already, half done, or not
begun. One that cannot be made is put back. What somebody else changed in the meantime is left as
it is.
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
        return _given_up(account, change, Outcome(State.REFUSED, str(error)))
    except AccountError as error:
        return _given_up(account, change, Outcome(State.FAILED, str(error)))
    if same(after.document if after else None, change.after):
        return Outcome(State.VERIFIED)
    held = written(after.document) if after else "nothing"
    return Outcome(State.FAILED, f"the account took it, and holds {held}")


def _given_up(account: Account, change: Change, outcome: Outcome) -> Outcome:
    """Put back what was done of a change that cannot be made, unless somebody else was at it.

    :raises NotAllowed: a right is missing to do so.
    :raises AccountUnavailable: the change stays begun, for the next run to make or put back.
    """
    there = account.read(change.target)
    found = there.document if there else None
    if same(found, change.after):
        return Outcome(State.VERIFIED)
    if same(found, change.before):
        return outcome
    if there is not None and between(found, change.before, change.after):
        back = replace(change, before=change.after, after=change.before, version=there.version)
        try:
            account.write(back)
        except (NotAllowed, AccountUnavailable):
            raise
        except AccountError as error:
            outcome = replace(outcome, told=f"{outcome.told}; nor can it be put back: {error}")
        there = account.read(change.target)
        found = there.document if there else None
        if same(found, change.before):
            return replace(outcome, told=f"{outcome.told}; what was done of it was put back")
    held = written(found) if found else "nothing"
    return replace(outcome, told=f"{outcome.told}; the account holds {held}")
