"""What policies want of instances and of groups of them: planned, and carried out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from cloudledger_airflow.operators.changes import (
    ChangePlanOperator,
    PlanApplyOperator,
    settings_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudledger.governance.change import Account, Change
    from cloudledger.governance.config import Governance
    from cloudledger.run import Run
    from cloudledger.warehouse.port import Session


class RemediationPlanOperator(ChangePlanOperator):
    """Plan what the policies want of what the allow-list holds; or take a plan back.

    Skipped while the section ``remediation`` of the file is not enabled, but for taking back.

    :param undo: the id of a plan that was carried out; its reverse is planned instead.
    """

    template_fields: Sequence[str] = (*ChangePlanOperator.template_fields, "undo")
    area = "remediation"

    def __init__(self, *, undo: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.undo = undo

    def plan(
        self, session: Session, run: Run, governance: Governance
    ) -> tuple[list[Change], list[str]]:
        """Look at the scopes of the policies, and at what policies go by."""
        from cloudledger.governance.remediation.planning import (
            kinds_asked,
            plan_remediation,
            shortened,
        )
        from cloudledger.governance.remediation.store import changes_left
        from cloudledger_airflow.accounts import remediated_of
        from cloudledger_airflow.remediation_seen import seen_by

        settings = governance.remediation
        if self.undo:
            return _undone(session, governance, self.undo)
        if not settings.enabled:
            raise AirflowSkipException(
                "remediation is off: `enabled` of its section in the governance file decides"
            )
        found = {
            name: remediated_of(governance, name, kinds).list()
            for name, kinds in kinds_asked(settings).items()
        }
        seen, problems = seen_by(session, governance, found, run.as_of)
        limits = settings.limits
        changes, left = plan_remediation(
            settings,
            found,
            seen,
            run.as_of,
            at_most=changes_left(
                session, run.as_of, per_run=limits.per_run, per_hour=limits.per_hour
            ),
        )
        return changes, shortened([*problems, *left])


def _undone(
    session: Session, governance: Governance, plan_id: str
) -> tuple[list[Change], list[str]]:
    from cloudledger.governance.change import Change
    from cloudledger.governance.remediation.by_kind import kind_of_target
    from cloudledger.governance.remediation.planning import allowed, shortened, undone
    from cloudledger.governance.remediation.store import carried_out
    from cloudledger_airflow.accounts import remediated_of

    done = carried_out(session, plan_id)
    known = {one.name for one in governance.remediation.scopes}
    found = {
        name: remediated_of(
            governance,
            name,
            tuple(sorted({kind_of_target(one.target) for one in done if one.account == name})),
        ).list()
        for name in sorted({one.account for one in done} & known)
    }
    free = allowed(governance.remediation, found)
    there = {target: one for ours in free.values() for target, one in ours.items()}
    planned = list(undone(plan_id, done, there))
    changes = [one for one in planned if isinstance(one, Change)]
    return changes, shortened([one for one in planned if isinstance(one, str)])


class RemediationApplyOperator(PlanApplyOperator):
    """Carry out approved plans; what has become protected since is refused."""

    area = "remediation"

    def accounts(self) -> Callable[[str], Account]:
        """What a scope holds."""
        from cloudledger_airflow.accounts import remediated_of

        return partial(remediated_of, settings_file())
