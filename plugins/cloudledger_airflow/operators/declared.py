"""A budget declared: made, changed or retired until the account holds it.

Without a plan to approve: whoever writes the DAG decides. Nothing is changed by a dry run, which is
the default, nor by a backfill.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from cloudledger_airflow.exceptions import BudgetNotHeld
from cloudledger_airflow.retries import ACCOUNT_RETRIES

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.governance.change import Account, Document

State = Literal["present", "absent"]


class DeclareBudgetOperator(BaseOperator):
    """Make the account hold a budget as it is declared; what it holds already is left alone.

    A budget is only touched when it carries the tag ``managed-by: cloudledger``, or ``adopt`` lets
    it be taken over.

    Returns ``{"action": "update", "changed": True, "before": {...}, "after": {...}}``; ``changed``
    is False for a dry run, and for what was there already.

    :param budget_name: the budget's name in its account.
    :param adopt: take over a budget of that name that somebody else made.
    :param state: ``absent`` retires it.
    :param dry_run: only log what would be done.
    """

    template_fields: Sequence[str] = ("budget_name",)
    ui_color = "#e9f0e1"

    def __init__(
        self,
        *,
        budget_name: str,
        adopt: bool = False,
        state: State = "present",
        dry_run: bool = True,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", ACCOUNT_RETRIES)
        super().__init__(**kwargs)
        self.budget_name = budget_name
        self.adopt = adopt
        self.state = state
        self.plan_only = dry_run  # BaseOperator has a method dry_run

    @abstractmethod
    def account(self) -> Account:
        """The budgets of the connection's account."""

    @abstractmethod
    def wanted(self, held: Document | None) -> Document | None:
        """The budget as it is to be, given what is there; None where there is to be none."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Compare, change, and read back.

        :raises NotAllowed: the credential lacks a right; the message names it.
        :raises AccountUnavailable: throttled or down after every retry.
        :raises Conflict: somebody else changed it at the same time.
        :raises AccountError: the account cannot hold what is declared.
        :raises BudgetNotHeld: the account took it, and holds something else.
        """
        from cloudledger.governance.change import Action, Change, same, written

        account = self.account()
        found = account.read(self.budget_name)
        before, version = (found.document, found.version) if found else (None, None)
        after = self.wanted(before)
        change = Change(self.task_id, self.budget_name, before, after, version)
        idle = self.plan_only or context["dag_run"].run_type == "backfill"
        mode = " (nothing is changed by a dry run or a backfill)" if idle else ""
        self.log.info("%s: %s%s", self.budget_name, change.action, mode)
        self.log.info("before: %s", written(before))
        self.log.info("after: %s", written(after))
        changed = not idle and change.action is not Action.UNCHANGED
        if changed:
            account.write(change)
            held = account.read(self.budget_name)
            if not same(held.document if held else None, after):
                raise BudgetNotHeld(
                    f"{self.budget_name}: the account took it, and holds "
                    f"{written(held.document) if held else 'none'}; run again, or look there"
                )
        return {"action": change.action.value, "changed": changed, "before": before, "after": after}
