"""What goes wrong around the ledger's tasks, and what happens to the task then."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowException, AirflowFailException


class UnusableConnection(AirflowFailException):
    """A connection that cannot work until a person mends it: no retry."""


class ExpectationsBroken(AirflowFailException):
    """The data breaks expectations of severity ``error``: no retry mends that."""


class FocusRulesBroken(AirflowFailException):
    """Published lines break what FOCUS 1.2 demands, and the run is asked to say so: no retry."""


class RunIncomplete(AirflowFailException):
    """Part of what the run had to take in is not in the ledger: no retry, the message says what."""


class PlanNotCarriedOut(AirflowFailException):
    """Part of an approved plan was refused or failed: which, and why; the next run plans anew."""


class NotChargedBack(AirflowFailException):
    """A month could not be charged back: which, why, and what to do. No retry mends that."""


class BudgetNotHeld(AirflowFailException):
    """A declared budget cannot be held, or is not held as declared: no retry mends that."""


class NotificationsDead(AirflowFailException):
    """Messages were given up: which, why, and how to send them once more; no retry mends that."""


class NotificationNotSent(AirflowException):
    """A notifier's channel did not take its message, and what it said."""


class ReleaseRefused(AirflowFailException):
    """A release of documents finds worse than the live one, which stays: no retry mends that."""
