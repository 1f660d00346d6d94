"""Changes to accounts: a person or a policy lets a plan be carried out, or does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.hooks.warehouse import WarehouseHook

if TYPE_CHECKING:
    from airflow.sdk import Context

APPROVE, REJECT = "Approve", "Reject"
ENOUGH = 10
"""Letters that a justification has at least."""


class PlanApprovalOperator(HITLOperator):
    """Ask a person to approve a plan, unless the settings' policy does; silence rejects.

    Skipped, and what follows with it, when there is nothing to do, in a dry run, and when the plan
    is rejected. The person can say why; what was decided, how, and by whom is kept.

    :param plan: what a
        :class:`~cloudledger_airflow.operators.changes.ChangePlanOperator` returned.
    :param justify: whether a person must say why; who approves without is told that it is a no.
    """

    template_fields: Sequence[str] = ("subject", "body", "plan", "warehouse_conn_id")
    ui_color = "#f5efe3"

    def __init__(
        self,
        *,
        plan: Any,
        justify: bool = False,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("subject", "Change cloud accounts?")
        kwargs.setdefault("response_timeout", timedelta(hours=Settings().governance_approval_hours))
        title = f"Why (without {ENOUGH} letters it is a no)" if justify else "Why (may be empty)"
        # Airflow hands the DAG's params to every operator: a form has only its own. It holds a
        # param's default against its schema before anybody is asked: a minLength would fail there.
        kwargs["params"] = {"why": Param(None, type=["null", "string"], title=title)}
        super().__init__(options=[APPROVE, REJECT], defaults=[REJECT], **kwargs)
        self.plan = plan
        self.justify = justify
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> Any:
        """Ask, unless there is nothing to ask."""
        if not self.plan["changes"]:
            raise AirflowSkipException(f"nothing to change: {self.plan['summary']}")
        if self.plan["dry_run"]:
            raise AirflowSkipException(
                f"dry run: {self.plan['summary']}; the setting governance_dry_run decides"
            )
        if self._was_approved():
            return {"plan_id": self.plan["plan_id"]}
        if Settings().governance_approval == "policy":
            self.log.warning("approved by the setting governance_approval: policy, by no person")
            self._decide(approved=True, how="policy", by="governance_approval: policy")
            return {"plan_id": self.plan["plan_id"]}
        self.body = self.plan["markdown"]
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Keep what was answered; a rejected plan is carried out by nobody."""
        answer = super().execute_complete(context, event)
        user = answer["responded_by_user"]
        approved = answer["chosen_options"] == [APPROVE]
        how = "person" if user else "silence"
        by = str((user or {}).get("name") or (user or {}).get("id") or "nobody, in time")
        why = str((answer["params_input"] or {}).get("why") or "")
        if approved and self.justify and len(why.strip()) < ENOUGH:
            approved, why = False, f"approved without saying why, which is a no: {why}"
        self._decide(approved=approved, how=how, by=by, why=why)
        if not approved:
            raise AirflowSkipException(f"plan {self.plan['plan_id']} was rejected by {by}")
        return {"plan_id": self.plan["plan_id"]}

    def _was_approved(self) -> bool:
        """Whether an earlier try of the task kept an approval, and was killed then.

        :raises AirflowSkipException: it kept a rejection.
        :raises UnknownPlan: a newer plan took the place of this one.
        """
        from cloudledger.governance.plan_store import APPROVED, UnknownPlan, plan_state

        plan_id = self.plan["plan_id"]
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            state = plan_state(session, plan_id)
        if state == "rejected":
            raise AirflowSkipException(f"plan {plan_id} was rejected before")
        if state == "superseded":
            raise UnknownPlan(f"a newer plan took the place of {plan_id}; run the DAG again")
        return state in APPROVED

    def _decide(self, *, approved: bool, how: Any, by: str, why: str = "") -> None:
        from cloudledger.governance.plan_store import decide

        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            decide(
                session,
                self.plan["plan_id"],
                approved=approved,
                how=how,
                by=by,
                at=datetime.now(UTC),
                why=why,
            )
