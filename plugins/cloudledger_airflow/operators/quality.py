"""Great Expectations as a gate: a suite runs over a frame, errors fail the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger.settings import Settings
from cloudledger_airflow.exceptions import ExpectationsBroken
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    import pandas as pd
    from airflow.sdk import Context

    from cloudledger.quality.expectations import Expectation, Suite


class GreatExpectationsOperator(BaseOperator):
    """Run expectations over a frame through Great Expectations.

    A broken expectation of severity ``error`` fails the task, with one message that lists every
    such expectation, its columns, how many lines break it and what they hold; one of severity
    ``warning`` is logged. To publish in spite of errors, mark the task as succeeded.

    The frame is one of three: what ``frame`` returns; the rows of ``query`` in the warehouse; by
    default the slice of the ledger that is about to be published, in which every line of the
    pending days counts, folded to some thousand rows a day (see sql/lake/slice.sql). A frame
    of a column ``lines`` counts that many lines a row; one of a column ``example`` names a line.
    An empty frame breaks nothing, unless an expectation asks for rows.

    Returns the results as plain JSON values. Great Expectations is imported when the task runs
    (about 4 s of CPU); it builds no Data Docs and sends nothing anywhere.

    :param suite: the name of one of Cloudledger's suites; or give ``expectations``.
    :param expectations: expectations, or their JSON values (``Expectation.from_json``).
    :param stage: what results of ``expectations`` are kept under; the task's id if not given.
    :param frame: called with ``frame_kwargs``, returns a pandas DataFrame.
    :param frame_kwargs: the arguments of ``frame``; templated.
    :param query: one SELECT in the warehouse; templated, may be a .sql file.
    :param warehouse_conn_id: the warehouse that holds the ledger and keeps the results.
    :param lake_path: the lake's folder; the settings' own when not given.
    :param save_results: whether results are kept in the warehouse's ``quality_result``.
    """

    template_fields: Sequence[str] = (
        "suite",
        "expectations",
        "stage",
        "frame_kwargs",
        "query",
        "warehouse_conn_id",
        "lake_path",
    )
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {"query": "sql", "expectations": "json", "frame_kwargs": "json"}
    ui_color = "#f3ecdc"

    def __init__(
        self,
        *,
        suite: str | None = None,
        expectations: Sequence[Expectation | Mapping[str, Any]] | None = None,
        stage: str | None = None,
        frame: Callable[..., pd.DataFrame] | None = None,
        frame_kwargs: Mapping[str, Any] | None = None,
        query: str | None = None,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        save_results: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.suite = suite
        self.expectations = expectations
        self.stage = stage
        self.frame = frame
        self.frame_kwargs = frame_kwargs
        self.query = query
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path
        self.save_results = save_results

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Validate, keep the results, and fail on errors.

        :raises ExpectationsBroken: listing what is broken.
        :raises ValueError: for no suite and no expectations, or for both, or for two frames.
        """
        from cloudledger.quality.expectations import Severity, failures, report
        from cloudledger.quality.results import save
        from cloudledger.quality.validate import validate

        suite = self._suite()
        frame = self._frame()
        results = validate(frame, suite)
        if self.save_results:
            with (
                WarehouseHook(self.warehouse_conn_id) as warehouse,
                warehouse.transaction() as session,
            ):
                run = context["dag_run"]
                save(session, results, run_id=run.run_id, at=run.run_after)
        broken = failures(results, Severity.ERROR)
        warned = failures(results, Severity.WARNING)
        if warned:
            self.log.warning("%d expectations warn:\n%s", len(warned), report(warned))
        if broken:
            raise ExpectationsBroken(
                f"{len(broken)} of {len(results)} expectations of {suite.stage!r} are broken:\n"
                f"{report(broken)}\n"
                "Mend the source and run again, or mark this task as succeeded to go on"
            )
        self.log.info(
            "%d expectations over %d rows: none is broken, %d warn",
            len(results),
            len(frame),
            len(warned),
        )
        return [result.to_json() for result in results]

    def _suite(self) -> Suite:
        from cloudledger.quality.expectations import Expectation, Suite
        from cloudledger.quality.suites import suite_named

        if (self.suite is None) == (self.expectations is None):
            raise ValueError(f"{self.task_id}: give `suite` or `expectations`, and not both")
        if self.suite is not None:
            return suite_named(self.suite)
        return Suite(
            self.stage or self.task_id,
            tuple(
                item if isinstance(item, Expectation) else Expectation.from_json(item)
                for item in self.expectations or ()
            ),
        )

    def _frame(self) -> pd.DataFrame:
        from cloudledger.quality.slice import pending_slice

        if self.frame is not None and self.query is not None:
            raise ValueError(f"{self.task_id}: give `frame` or `query`, and not both")
        if self.frame is not None:
            return self.frame(**self.frame_kwargs or {})
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            if self.query is None:
                lake = lake_at(self.lake_path)
                return pending_slice(warehouse, lake, precedence=Settings().precedence)
            with warehouse.transaction() as session:
                rows: pd.DataFrame = session.query(self.query).to_pandas()
                return rows
