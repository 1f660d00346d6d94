"""The last word on a run: green only when everything it listed is in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, TaskInstanceState, TriggerRule

from cloudledger_airflow.exceptions import RunIncomplete

if TYPE_CHECKING:
    from airflow.sdk import Context


class CostVerdictOperator(BaseOperator):
    """End the run red, with one message, when an object or a task failed.

    What could be taken in is published by then: red means that something is missing, and the
    message says what, and why. Lines set aside are warned of, or fail the run when asked to. So is
    a source of which no object comes any more, and it fails the run unless asked not to. Columns
    that came or went are warned of.

    :param listed: the results of the listing operators.
    :param outcomes: the results of the ingest operators.
    :param completeness: the result of the completeness operator.
    :param fail_on_set_aside: end red when lines were set aside, too.
    :param fail_on_stall: end red when a source is stalled.
    """

    template_fields: Sequence[str] = ("listed", "outcomes", "completeness")
    ui_color = "#ece4f2"

    def __init__(
        self,
        *,
        listed: Sequence[Any],
        outcomes: Sequence[Any],
        completeness: Any = None,
        fail_on_set_aside: bool = False,
        fail_on_stall: bool = True,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("trigger_rule", TriggerRule.ALL_DONE)
        super().__init__(**kwargs)
        self.listed = listed
        self.outcomes = outcomes
        self.completeness = completeness
        self.fail_on_set_aside = fail_on_set_aside
        self.fail_on_stall = fail_on_stall

    def execute(self, context: Context) -> dict[str, int]:
        """Sum up the outcomes.

        :raises RunIncomplete: naming each object with its reason, and each failed task.
        """
        uris = [
            item["uri"]
            for batches in _given(self.listed)
            for batch in batches
            for delivery in batch
            for item in delivery["objects"]
        ]
        outcomes = {
            outcome["uri"]: outcome
            for mapped in _given(self.outcomes)
            # A slice is one request; to iterate is one for each batch, and an error at the end.
            for batch in _given(mapped[:])
            for outcome in batch
        }
        set_aside = [
            f"{uri}: {outcome['lines_set_aside']} lines set aside"
            for uri, outcome in outcomes.items()
            if outcome["lines_set_aside"]
        ]
        arrived = self.completeness or {"stalled": [], "drift": []}
        for line in (*set_aside, *arrived["stalled"], *arrived["drift"]):
            self.log.warning(line)
        stalled = arrived["stalled"] if self.fail_on_stall else ()
        missing = list(_missing(uris, outcomes))
        complaints = [
            *_listed(f"{len(missing)} of {len(uris)} objects are not in the ledger", missing),
            *_listed("lines were set aside", set_aside if self.fail_on_set_aside else ()),
            *_listed("no object arrives any more", stalled),
            *_listed("tasks failed", _failed_tasks(context)),
        ]
        if complaints:
            raise RunIncomplete("\n".join(complaints))
        self.log.info("all %d objects are in the ledger", len(outcomes))
        return {
            "objects": len(outcomes),
            "lines_kept": sum(outcome["lines_kept"] for outcome in outcomes.values()),
            "lines_set_aside": sum(outcome["lines_set_aside"] for outcome in outcomes.values()),
        }


def _given(results: Iterable[Any]) -> Iterable[Any]:
    # A task that failed or was skipped has no result.
    return (result for result in results if result is not None)


def _missing(uris: Sequence[str], outcomes: dict[str, Any]) -> Iterable[str]:
    for uri in uris:
        outcome = outcomes.get(uri)
        if outcome is None:
            yield f"{uri}: its task ended without an outcome; its log says why"
        elif outcome["state"] == "failed":
            yield outcome["error"]


def _failed_tasks(context: Context) -> list[str]:
    ti = context["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    return sorted(name for name, state in states.items() if state == TaskInstanceState.FAILED)


def _listed(title: str, items: Sequence[str]) -> Sequence[str]:
    return [f"{title}:", *items] if items else []
