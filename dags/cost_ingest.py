"""Each night: every source's new cost reports into the ledger, published and reconciled.

**What it does.** For each configured source: list what was delivered, hold it against the ledger,
and take in what is new or changed, object by object. Then validate the lines just taken in, publish
the days they touch to `daily_cost` in one transaction, tell how complete each day is and whether
every source still delivers, and say how it went.

**When it is red.** Open `verdict`: its last line names each object that is not in the ledger, with
the reason, and each source that has stopped to deliver. Everything else is published.
`docs/cost_ingest.md` says what to do.

**By hand.** Trigger it with `from` and `to` (the end is exclusive) to take in the objects delivered
in between, by REST or CLI without either for all that is there; tick `retry_failed` to try objects
again whose content was found broken.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup, TriggerRule

from cloudledger.settings import Settings
from cloudledger_airflow.assets import DAILY_COST
from cloudledger_airflow.operators.completeness import CostCompletenessOperator
from cloudledger_airflow.operators.conformance import FocusConformanceOperator
from cloudledger_airflow.operators.ledger import CostPublishOperator, CostReportIngestOperator
from cloudledger_airflow.operators.quality import GreatExpectationsOperator
from cloudledger_airflow.operators.verdict import CostVerdictOperator
from cloudledger_airflow.sources import list_reports

BATCHES_A_RUN = 32

settings = Settings()
warehouse = settings.warehouse_conn_id

with DAG(
    dag_id="cost_ingest",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "from": Param(None, type=["null", "string"], description="ISO day or instant, UTC"),
        "to": Param(None, type=["null", "string"], description="ISO day or instant, exclusive"),
        "retry_failed": Param(False, type="boolean", description="also objects found broken"),
    },
    dagrun_timeout=timedelta(hours=12),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "ingest"],
):
    listed, outcomes = [], []
    for source in settings.sources:
        with TaskGroup(source.name):
            reports = list_reports(
                source,
                warehouse_conn_id=warehouse,
                at_most=max(1, BATCHES_A_RUN // len(settings.sources)),
                pool="warehouse",
            )
            ingest = CostReportIngestOperator.partial(
                task_id="ingest",
                conn_id=source.conn_id,
                report_format=source.report_format,
                given=source.given,
                map_index_template="{{ batch }}",
            ).expand(batch=reports.output)
        listed.append(reports.output)
        outcomes.append(ingest.output)

    validate = GreatExpectationsOperator(
        task_id="validate",
        suite="taken_in",
        warehouse_conn_id=warehouse,
        pool="warehouse",
        trigger_rule=TriggerRule.ALL_DONE,
    )
    publish = CostPublishOperator(
        task_id="publish",
        warehouse_conn_id=warehouse,
        pool="warehouse",
        outlets=[DAILY_COST],
    )
    conformance = FocusConformanceOperator(
        task_id="conformance",
        published=publish.output,
        fail_on_must=settings.fail_on_focus_rules,
        warehouse_conn_id=warehouse,
        pool="warehouse",
    )
    completeness = CostCompletenessOperator(
        task_id="completeness",
        sources=[source.name for source in settings.sources],
        warehouse_conn_id=warehouse,
        pool="warehouse",
    )
    verdict = CostVerdictOperator(
        task_id="verdict",
        listed=listed,
        outcomes=outcomes,
        completeness=completeness.output,
        fail_on_set_aside=settings.fail_on_set_aside,
        fail_on_stall=settings.fail_on_stall,
    )

    outcomes >> validate >> publish >> [conformance, completeness] >> verdict
