"""What policies want of instances and of groups of them: planned, and carried out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from cloudledger_airflow.operators.changes import (
    ChangePlanOperator,
    PlanApplyOperator,
    is_dry_run,
    settings_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from cloudledger.governance.change import Account, Change
    from cloudledger.governance.config import Governance
    from cloudledger.run import Run
    from cloudledger.warehouse.port import Session


class RemediationPlanOperator(ChangePlanOperator):
    """Plan what the policies want of what the allow-list holds; or take a plan back.

    Skipped while the section ``remediation`` of the file is not enabled, but for taking back. What
    somebody asked in the terminal to be taken back is planned first, one plan a run; a dry run
    leaves it.

    :param undo: the id of a plan that was carried out; its reverse is planned instead.
    :param freeze: the name of a policy of kind ``quota_freeze``; its freeze is planned instead.
    :param because: why, in the words of who asks; a freeze by hand needs it.
    """

    template_fields: Sequence[str] = (
        *ChangePlanOperator.template_fields,
        "undo",
        "freeze",
        "because",
    )
    area = "remediation"

    def __init__(
        self, *, undo: str = "", freeze: str = "", because: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.undo = undo
        self.freeze = freeze
        self.because = because

    def execute(self, context: Context) -> dict[str, Any]:
        """As :meth:`ChangePlanOperator.execute`.

        :raises AirflowFailException: both are asked for, or a freeze without a reason.
        """
        if self.undo and self.freeze:
            raise AirflowFailException("undo and freeze are asked of one run: ask one each")
        self._dry_run = is_dry_run(context)
        return super().execute(context)

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
        from cloudledger_airflow.compartment_freezes import freezes, freezes_by_hand
        from cloudledger_airflow.remediation_seen import seen_by

        settings = governance.remediation
        undo, because = self._asked_back(session, run)
        if undo:
            return _undone(session, governance, undo, because)
        if not settings.enabled:
            raise AirflowSkipException(
                "remediation is off: `enabled` of its section in the governance file decides"
            )
        if self.freeze:
            changes, left = freezes_by_hand(governance, self.freeze, self.because, run.as_of)
            return changes, shortened(left)
        frozen, not_frozen = freezes(session, governance, run.as_of)
        found = {
            name: remediated_of(governance, name, kinds).list()
            for name, kinds in kinds_asked(settings).items()
        }
        seen, problems = seen_by(session, governance, found, run.as_of)
        limits = settings.limits
        free = changes_left(session, run.as_of, per_run=limits.per_run, per_hour=limits.per_hour)
        changes, left = plan_remediation(
            settings, found, seen, run.as_of, at_most=max(0, free - len(frozen))
        )
        return [*frozen, *changes], shortened([*not_frozen, *problems, *left])

    def _asked_back(self, session: Session, run: Run) -> tuple[str, str]:
        """The plan that is to be taken back, and why; empty texts without one."""
        from cloudledger.governance.remediation.undo_wish import taken

        if self.undo or self.freeze or self._dry_run:
            return self.undo, self.because
        wish = taken(session, run.run_id)
        return (wish.plan_id, f"{wish.because} ({wish.asked_by})") if wish else ("", "")


def _undone(
    session: Session, governance: Governance, plan_id: str, because: str
) -> tuple[list[Change], list[str]]:
    from cloudledger.governance.change import Change
    from cloudledger.governance.remediation.by_kind import kind_of_target
    from cloudledger.governance.remediation.freezes import QUOTAS
    from cloudledger.governance.remediation.planning import allowed, shortened, undone
    from cloudledger.governance.remediation.store import carried_out
    from cloudledger_airflow.accounts import remediated_of
    from cloudledger_airflow.compartment_freezes import unfreezes

    everything = carried_out(session, plan_id)
    done = [one for one in everything if not one.account.endswith(QUOTAS)]
    quotas = [one for one in everything if one not in done]
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
    planned = list(undone(plan_id, done, there, because))
    lifted, left = unfreezes(governance, plan_id, quotas, because)
    changes = [one for one in planned if isinstance(one, Change)]
    left += [one for one in planned if isinstance(one, str)]
    return [*lifted, *changes], shortened(left)


class RemediationApplyOperator(PlanApplyOperator):
    """Carry out approved plans; what has become protected since is refused."""

    area = "remediation"

    def accounts(self) -> Callable[[str], Account]:
        """What a scope holds, or the quotas of its compartments."""
        return partial(_account_of, settings_file())


def _account_of(governance: Governance, name: str) -> Account:
    from cloudledger.governance.remediation.freezes import QUOTAS
    from cloudledger_airflow.accounts import remediated_of
    from cloudledger_airflow.compartment_freezes import quotas_of

    opened = quotas_of if name.endswith(QUOTAS) else remediated_of
    return opened(governance, name)
