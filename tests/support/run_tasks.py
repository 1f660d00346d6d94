"""The tasks of one source, one after the other in this process, for a test that kills it.

``python -m tests.support.run_tasks NAMESPACE BUCKET PREFIX BEGIN END`` prints a line once all is
imported, and works from then on.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path


def main(namespace: str, bucket: str, prefix: str, begin: str, end: str) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "dags"))
    from airflow.sdk.exceptions import AirflowSkipException
    from local_runs import task_context

    from cloudledger_airflow.operators.ledger import CostPublishOperator, CostReportIngestOperator
    from cloudledger_airflow.operators.oci import OciListReportsOperator

    context = task_context(datetime.fromisoformat(begin), datetime.fromisoformat(end))
    print("ready", flush=True)
    batches = OciListReportsOperator(
        task_id="list",
        source="oci_main",
        namespace=namespace,
        bucket=bucket,
        prefix=prefix,
        oci_conn_id="oci_local",
    ).execute(context)
    for batch in batches:
        ingest = CostReportIngestOperator(task_id="ingest", batch=batch, conn_id="oci_local")
        ingest.execute(context)
    with suppress(AirflowSkipException):
        CostPublishOperator(task_id="publish").execute(context)


if __name__ == "__main__":
    main(*sys.argv[1:])
