"""Each week: documents that changed are embedded anew, and a proven release takes over.

**What it does.** Runbooks, policies and contracts are listed where the settings' section
`knowledge` says, and what is new or changed is read and cut into chunks. A release is a set of
documents with a table of vectors of its own: texts that an earlier release holds keep their
vectors, the others are embedded. The table is held against its documents, indexed, and asked some
hundred questions; one that finds worse than the live release, or too slowly, is refused and says
why. Searches see the old release until the moment that the new one takes over.

**When it is red.** The red task's last line says what is wrong and what to do; searches go on in
the release before. A red `gate` names the figures that were not reached. A document that cannot be
read turns nothing red: it is set aside with its reason (`cloudledger knowledge set-aside`).
`docs/knowledge.md` says more.

**By hand.** Trigger it without anything for all places, with `prefix` (such as
`s3://company-documents/runbooks/`) for what lies under it. A run that was killed is triggered
again: it goes on where the other one stopped.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, XComArg

from cloudledger.settings import Settings
from cloudledger_airflow.assets import KNOWLEDGE
from cloudledger_airflow.operators.documents import (
    DocumentReadOperator,
    EmbedDocumentsOperator,
    ReleaseBeginOperator,
)
from cloudledger_airflow.operators.release import (
    VectorIndexBuildOperator,
    VectorIndexGateOperator,
    VectorReleaseOperator,
    VectorWriteOperator,
)

settings = Settings()
conn = settings.warehouse_conn_id
PREFIX = "{{ params.prefix or '' }}"

with DAG(
    dag_id="knowledge_refresh",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 4 * * 6", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "prefix": Param(None, type=["null", "string"], description="URIs that begin so"),
        "again": Param(False, type="boolean", description="judge a refused release once more"),
    },
    dagrun_timeout=timedelta(hours=12),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["knowledge"],
):
    read = DocumentReadOperator(task_id="read", prefix=PREFIX, warehouse_conn_id=conn)
    begin = ReleaseBeginOperator(
        task_id="begin",
        listing=read.output,
        prefix=PREFIX,
        again="{{ params.again or '' }}",
        warehouse_conn_id=conn,
        pool="warehouse",
    )
    release = XComArg(begin, key="release_id")
    embed = EmbedDocumentsOperator(task_id="embed", release=release, warehouse_conn_id=conn)
    shared = {"release": release, "warehouse_conn_id": conn, "pool": "warehouse"}
    write = VectorWriteOperator(task_id="write", **shared)
    index = VectorIndexBuildOperator(task_id="index", **shared)
    gate = VectorIndexGateOperator(task_id="gate", **shared)
    switch = VectorReleaseOperator(task_id="release", outlets=[KNOWLEDGE], **shared)
    begin >> embed >> write >> index >> gate >> switch
