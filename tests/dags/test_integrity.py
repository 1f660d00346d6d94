import json
import subprocess
import sys

import pytest

PARSE_BUDGET_SECONDS = 0.3
OWNERS = {"finops"}
TAGS = {"capacity", "cost", "governance", "ingest", "insights", "knowledge", "usage"}
HEAVY = {
    "oci",
    "boto3",
    "duckdb",
    "deltalake",
    "pyarrow",
    "great_expectations",
    "pandas",
    "sklearn",
    "torch",
    "oracledb",
}

PARSE = """
import json, socket, sys, time

def refused(*args, **kwargs):
    raise AssertionError(f"a DAG file opened a connection while it was parsed: {args}")

socket.socket.connect = refused
socket.create_connection = refused
socket.getaddrinfo = refused

import airflow.sdk
from airflow.dag_processing.dagbag import DagBag

before = set(sys.modules)
bag = DagBag(sys.argv[1], collect_dags=False)
seconds = {}
for path in sys.argv[2:]:
    bag.process_file(path, only_if_updated=False)
    started = time.perf_counter()
    bag.process_file(path, only_if_updated=False)
    seconds[path] = time.perf_counter() - started
print(json.dumps({
    "errors": bag.import_errors,
    "dags": sorted(bag.dags),
    "seconds": seconds,
    "modules": sorted({name.partition(".")[0] for name in set(sys.modules) - before}),
}))
"""


@pytest.fixture(scope="module")
def parsed(root):
    files = sorted(str(path) for path in (root / "dags").glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(root / "dags"), *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def dags(root):
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(root / "dags").dags


def test_every_dag_file_is_imported_without_error(parsed):
    assert parsed["errors"] == {}


def test_these_are_the_dags(parsed):
    assert parsed["dags"] == [
        "budget_governance",
        "budget_monitoring",
        "capacity_plan",
        "chargeback",
        "cost_ingest",
        "cost_insights",
        "knowledge_refresh",
        "notifications",
        "remediation",
        "tag_governance",
        "usage_collect",
    ]


def test_parsing_imports_nothing_heavy(parsed):
    assert HEAVY & set(parsed["modules"]) == set()


def test_parsing_a_file_again_stays_in_its_budget(parsed):
    slow = {path: s for path, s in parsed["seconds"].items() if s > PARSE_BUDGET_SECONDS}
    assert slow == {}


def test_each_dag_says_what_it_does_and_what_to_do_when_it_is_red(dags):
    for dag in dags.values():
        assert "red" in dag.doc_md, dag.dag_id


def test_each_dag_has_an_owner_known_tags_retries_and_one_run_at_a_time(dags):
    for dag in dags.values():
        assert dag.default_args["owner"] in OWNERS
        assert dag.default_args["retries"] >= 1
        assert dag.tags
        assert dag.tags <= TAGS
        assert not dag.catchup
        assert dag.max_active_runs == 1


def test_no_dag_leaves_its_data_interval_to_the_configuration(dags):
    from airflow.sdk import AssetOrTimeSchedule, CronDataIntervalTimetable

    for dag in dags.values():
        timetable = dag.timetable
        if isinstance(timetable, AssetOrTimeSchedule):
            timetable = timetable.timetable
        assert isinstance(timetable, CronDataIntervalTimetable)
        assert timetable.timezone == "UTC"


def test_reading_and_embedding_documents_hold_no_pool(dags):
    pools = {task.task_id: task.pool for task in dags["knowledge_refresh"].tasks}
    waiting = {task_id for task_id, pool in pools.items() if pool == "warehouse"}
    assert waiting == {"begin", "write", "index", "gate", "release"}
    assert pools["read"] == pools["embed"] == "default_pool"


def test_what_writes_the_warehouse_holds_the_pool_of_one_slot(dags):
    pooled = {task.task_id for task in dags["cost_ingest"].tasks if task.pool == "warehouse"}
    assert pooled == {
        "oci.list",
        "aws.list",
        "validate",
        "publish",
        "conformance",
        "completeness",
    }
    pooled = {task.task_id for task in dags["usage_collect"].tasks if task.pool == "warehouse"}
    assert pooled == {"oci.collect", "oci.compare", "aws.collect", "aws.compare"}
    assert [task.pool for task in dags["capacity_plan"].tasks] == ["warehouse"]
    assert [task.pool for task in dags["chargeback"].tasks] == ["warehouse"]
    assert {task.pool for task in dags["cost_insights"].tasks} == {"warehouse"}


def test_each_dag_survives_serialisation(dags):
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in dags.values():
        back = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        assert back.task_dict.keys() == dag.task_dict.keys()
        for task in dag.tasks:
            stored = back.get_task(task.task_id)
            assert stored.upstream_task_ids == task.upstream_task_ids
            assert (stored.pool, stored.trigger_rule) == (task.pool, task.trigger_rule)


def test_parsing_twice_gives_the_same_dag_so_versions_do_not_churn(dags, root):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    for dag_id, dag in DagBag(root / "dags").dags.items():
        assert DagSerialization.to_dict(dag) == DagSerialization.to_dict(dags[dag_id])
