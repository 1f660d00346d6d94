"""Changes to accounts: a plan is kept and, once it is approved, carried out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from logging import INFO, WARNING
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger.settings import Settings
from cloudledger_airflow.exceptions import PlanNotCarriedOut
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import known_as_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from cloudledger.governance.change import Account, Change
    from cloudledger.governance.config import Governance
    from cloudledger.governance.plan_store import Step
    from cloudledger.run import Run
    from cloudledger.warehouse.port import Session, Warehouse


def settings_file() -> Governance:
    """What is governed, as the settings' file says."""
    from cloudledger.governance.config import governance

    return governance(Settings().governance_file)


def is_dry_run(context: Context) -> bool:
    """Whether a run changes nothing, by the settings, or because it is a backfill: what should
    have been is no reason to change what is.
    """
    return Settings().governance_dry_run or context["dag_run"].run_type == "backfill"


class ChangePlanOperator(BaseOperator):
    """Plan what an area's accounts lack, and keep the plan. Nothing is changed.

    Returns ``{"plan_id": ..., "changes": 3, "dry_run": False, "summary": ..., "markdown": ...}``.

    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id",)
    ui_color = "#e3ecf5"
    area: str

    def __init__(
        self, *, warehouse_conn_id: str = WarehouseHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Look, plan, keep, and say what would be done."""
        from cloudledger.governance.plan import plan_of
        from cloudledger.governance.plan_store import propose
        from cloudledger.run import Run

        run = Run(context["dag_run"].run_id, known_as_of(context))
        dry_run = is_dry_run(context)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            changes, problems = self.plan(session, run, settings_file())
            made = plan_of(self.area, run.run_id, changes, problems)
            propose(session, made, run_id=run.run_id, as_of=run.as_of, dry_run=dry_run)
        for problem in made.problems:
            self.log.warning("%s", problem)
        for change in made.to_do:
            self.log.info(
                "%s %s of %s: %s",
                change.action,
                change.target,
                change.account,
                "; ".join(change.reasons),
            )
        self.log.info("plan %s: %s", made.plan_id, made.summary)
        return {
            "plan_id": made.plan_id,
            "changes": len(made.to_do),
            "dry_run": dry_run,
            "summary": made.summary,
            "markdown": made.markdown,
        }

    @abstractmethod
    def plan(
        self, session: Session, run: Run, governance: Governance
    ) -> tuple[list[Change], list[str]]:
        """The changes, and what could not be planned."""


class PlanApplyOperator(BaseOperator):
    """Carry out approved plans of an area, each change read back and recorded.

    A task that was killed half way, and the next run, take the plan up where it broke off. Returns
    ``{"plans": [...], "verified": 3}``.

    :param plan: what a :class:`ChangePlanOperator` returned; without one, every approved plan of
        the area that was not gone through to its end. What is refused of those is told, and fails
        nothing: a new plan follows. A dry run leaves them.
    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("plan", "warehouse_conn_id")
    ui_color = "#e8f5e3"
    area: str

    def __init__(
        self,
        *,
        plan: Any = None,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan: Mapping[str, Any] | None = plan
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Make each change, read it back, keep how it ended.

        :raises NotAllowed: a right is missing; no retry.
        :raises PlanNotCarriedOut: a change was refused or failed; which, and why.
        """
        from cloudledger.governance.apply import State
        from cloudledger.governance.carry_out import carry_out
        from cloudledger.governance.change import Action

        ended: list[Step] = []
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            plans = self._plans(warehouse, context)
            for plan_id in plans:
                self.log.info("plan %s of %s", plan_id, self.area)
                ended += carry_out(warehouse, plan_id, self.accounts(), lambda: datetime.now(UTC))
        done = [step for step in ended if step.change.action is not Action.UNCHANGED]
        told = [
            f"{step.change.action} {step.change.target} of {step.change.account}: "
            f"{step.state} {step.told}".rstrip()
            for step in done
        ]
        not_done = [
            line for line, step in zip(told, done, strict=True) if step.state is not State.VERIFIED
        ]
        for line in told:
            self.log.log(WARNING if line in not_done else INFO, "%s", line)
        if not_done and self.plan is not None:
            raise PlanNotCarriedOut("; ".join(not_done))
        return {"plans": plans, "verified": len(done) - len(not_done)}

    def _plans(self, warehouse: Warehouse, context: Context) -> list[str]:
        from cloudledger.governance.plan_store import unfinished

        if is_dry_run(context):
            return []
        if self.plan is not None:
            return [self.plan["plan_id"]]
        with warehouse.transaction() as session:
            return unfinished(session, self.area)

    @abstractmethod
    def accounts(self) -> Callable[[str], Account]:
        """Opens an account of the area by its configured name."""
