"""The published lines against FOCUS 1.2's own column rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger.settings import Settings
from cloudledger_airflow.exceptions import FocusRulesBroken
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from airflow.sdk import Context


class FocusConformanceOperator(BaseOperator):
    """Hold the lines of the published days against the column rules of FOCUS 1.2.

    Judges the days just published and those that an earlier run published and did not judge, in one
    statement, keeps what it finds in ``focus_day`` and ``focus_failure``, and lists the broken
    rules in its log. What a provider does not deliver breaks rules that no ledger can mend, so it
    fails only when asked to, and only for a rule of the word MUST.

    Returns ``{"days": 3, "lines": 120, "must_broken": [rules], "should_broken": [rules]}``.

    :param published: the result of a publish operator, whose ``days`` are judged.
    :param fail_on_must: fail when a line breaks a MUST.
    :param warehouse_conn_id: the warehouse that holds the ledger and keeps the results.
    :param lake_path: the lake's folder; the settings' own when not given.
    """

    template_fields: Sequence[str] = ("published", "warehouse_conn_id", "lake_path")
    ui_color = "#f3ecdc"

    def __init__(
        self,
        *,
        published: Any = None,
        fail_on_must: bool = False,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.published = published
        self.fail_on_must = fail_on_must
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path

    def execute(self, context: Context) -> dict[str, Any]:
        """Judge, keep, and tell.

        :raises FocusRulesBroken: listing the broken rules, when asked to fail on them.
        """
        from cloudledger.quality.focus_rules import Level
        from cloudledger.quality.published import judge_published
        from cloudledger.reporting.conformance import report

        run = context["dag_run"]
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            judged = judge_published(
                warehouse,
                lake_at(self.lake_path),
                [date.fromisoformat(day) for day in (self.published or {}).get("days", ())],
                precedence=Settings().precedence,
                run_id=run.run_id,
                at=run.run_after,
            )
        broken = {
            level: sorted({found.rule.rule for one in judged for found in one.of(level)})
            for level in Level
        }
        lines = sum(one.lines for one in judged)
        if any(broken.values()):
            self.log.warning(
                "%d rules of FOCUS 1.2 are broken by some of %d lines:\n%s",
                sum(map(len, broken.values())),
                lines,
                report(judged),
            )
        else:
            self.log.info("%d lines keep every rule of FOCUS 1.2", lines)
        if broken[Level.MUST] and self.fail_on_must:
            raise FocusRulesBroken(
                f"{len(broken[Level.MUST])} rules of FOCUS 1.2 that must hold are broken:\n"
                f"{report(judged)}\n"
                "docs/focus_validation.md says which of them a provider's data always breaks"
            )
        return {
            "days": len(judged),
            "lines": lines,
            "must_broken": broken[Level.MUST],
            "should_broken": broken[Level.SHOULD],
        }
