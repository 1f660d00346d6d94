import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.module_loading import import_string

from cloudledger_airflow.sensors.object_storage import OciObjectSensor
from localcloud.oci.server import serve

SINCE = datetime(2026, 3, 1, 2, tzinfo=UTC)
PLACE = ("bling", "reports")


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    with serve(tmp_path) as cloud:
        extra = {
            name: cloud.config[name] for name in ("tenancy", "region", "fingerprint", "key_content")
        }
        connection = {
            "conn_type": "oci",
            "login": cloud.config["user"],
            "extra": extra | {"auth": "api_key", "service_endpoint": cloud.endpoint},
        }
        monkeypatch.setenv("AIRFLOW_CONN_OCI_TEST", json.dumps(connection))
        cloud.put_object(*PLACE, "reports/old.csv.gz", b"x", SINCE - timedelta(seconds=1))
        yield cloud


def sensor(**changes):
    arguments = {
        "task_id": "wait",
        "namespace": PLACE[0],
        "bucket": PLACE[1],
        "prefix": "reports/",
        "oci_conn_id": "oci_test",
        "deferrable": True,
        "poke_interval": 0.05,
    }
    return OciObjectSensor(**arguments | changes)


def context():
    run = SimpleNamespace(
        data_interval_start=SINCE,
        data_interval_end=SINCE + timedelta(days=1),
        partition_key=None,
        run_type="scheduled",
    )
    return {"dag_run": run, "params": {}}


def test_it_goes_on_at_once_when_the_period_has_its_object(cloud):
    cloud.put_object(*PLACE, "reports/new.csv.gz", b"x", SINCE)
    assert sensor().execute(context()) is None


def test_what_was_delivered_after_the_period_shows_that_it_is_over(cloud):
    cloud.put_object(*PLACE, "reports/new.csv.gz", b"x", SINCE + timedelta(days=9))
    assert sensor().execute(context()) is None


def test_another_prefix_does_not_count(cloud):
    cloud.put_object(*PLACE, "usage/new.csv.gz", b"x", SINCE)
    assert not sensor().poke(context())


def test_it_waits_in_the_triggerer_until_the_object_is_there(cloud):
    waiting = sensor(timeout=60)
    with pytest.raises(TaskDeferred) as deferred:
        waiting.execute(context())
    assert deferred.value.timeout == timedelta(seconds=60)
    path, arguments = deferred.value.trigger.serialize()
    trigger = import_string(path)(**json.loads(json.dumps(arguments)))
    assert trigger.serialize() == (path, arguments)

    async def deliver_while_it_waits():
        fired = asyncio.ensure_future(anext(trigger.run()))
        await asyncio.sleep(0.3)
        assert not fired.done()
        cloud.put_object(*PLACE, "reports/new.csv.gz", b"x", SINCE)
        return await asyncio.wait_for(fired, timeout=20)

    event = asyncio.run(deliver_while_it_waits())
    assert event.payload == {"uri": "oci://bling/reports/reports/new.csv.gz"}
    assert deferred.value.method_name == "execute_complete"
    assert waiting.execute_complete(context(), event.payload) is None


def test_it_pokes_in_its_own_slot_when_it_is_not_deferrable(cloud):
    cloud.put_object(*PLACE, "reports/new.csv.gz", b"x", SINCE)
    assert sensor(deferrable=False).execute(context()) is None


def test_an_instant_given_as_an_argument_needs_no_run(cloud):
    early = (SINCE - timedelta(days=1)).isoformat()
    assert sensor(delivered_since=early).poke({})
