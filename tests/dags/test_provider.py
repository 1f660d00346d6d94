import importlib
import json
from pathlib import Path

import airflow
import jsonschema
import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk.module_loading import import_string
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

from cloudledger_airflow.hooks.oci import EXTRA_FIELDS
from cloudledger_airflow.provider import get_provider_info

SCHEMA = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())
INFO = get_provider_info()


def modules():
    return [
        module
        for kind in ("hooks", "operators", "sensors", "triggers")
        for entry in INFO[kind]
        for module in entry["python-modules"]
    ]


def test_the_provider_is_described_as_airflow_wants_it():
    jsonschema.validate(INFO, SCHEMA)
    names = {entry["integration-name"] for entry in INFO["integrations"]}
    for kind in ("hooks", "operators", "sensors", "triggers"):
        assert {entry["integration-name"] for entry in INFO[kind]} <= names


@pytest.mark.parametrize("module", modules())
def test_every_module_it_names_is_there(module):
    importlib.import_module(module)


def test_every_class_it_names_is_there():
    for connection in INFO["connection-types"]:
        assert (
            import_string(connection["hook-class-name"]).conn_type == connection["connection-type"]
        )
    for name in (*INFO["extra-links"], *INFO["notifications"]):
        import_string(name)


def test_airflow_finds_the_connection_types_and_their_forms():
    hooks = ProvidersManagerTaskRuntime().hooks
    assert hooks["oci"].hook_name == "Oracle Cloud Infrastructure"
    assert hooks["duckdb"].hook_class_name.endswith("WarehouseHook")
    manager = ProvidersManager()
    assert manager.field_behaviours["oci"]["relabeling"]["login"] == "User OCID"
    widgets = manager.connection_form_widgets
    assert widgets["extra__oci__key_content"].is_sensitive
    assert {
        name.removeprefix("extra__oci__") for name in widgets if "__oci__" in name
    } == EXTRA_FIELDS


def test_the_scheduler_knows_the_link_to_a_bucket(root, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization, OperatorSerialization

    for reader in (DagSerialization, OperatorSerialization):  # a task cleared earlier turns it off
        monkeypatch.setattr(reader, "_load_operator_extra_links", True)
    dag = DagBag(root / "dags").dags["cost_ingest"]
    stored = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    assert list(stored.get_task("oci.list").operator_extra_link_dict) == ["OCI bucket"]
    task = dag.get_task("oci.list")
    link = task.operator_extra_links[0].get_link(task, ti_key=None)
    assert link.endswith("/bling/ocid1.tenancy.oc1..local/objects")
