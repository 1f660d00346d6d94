"""Clouds that fail while the DAG runs: red, each object named, the others published, then whole."""

import re
from datetime import UTC, datetime, timedelta

import oci
import pytest
from local_runs import cost_ingest, expected, listed, published, run_period, states, uri

from cloudledger.clouds.oci.clients import client

END = datetime(2026, 3, 7, 2, tzinfo=UTC)
BEGIN = END - timedelta(days=1)
MANY = 100

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def dag(clouds, manifest, root):
    clouds.load(manifest, until=END)
    return cost_ingest(root)


def delivered(manifest, cloud):
    return [
        each
        for each in manifest.current(END)
        if each.cloud == cloud and each.delivered_at >= BEGIN and each.lines
    ]


def _name(delivery):
    return delivery.key.rpartition("/")[2]


def test_what_the_sdks_retries_heal_leaves_no_trace(clouds, dag, manifest):
    first, second, *_ = delivered(manifest, "oci")
    (report, *_) = delivered(manifest, "aws")
    clouds.oci.faults.throttle(1, path="/o$")
    clouds.oci.faults.fail(1, path=re.escape(first.key), status=503)
    clouds.oci.faults.cut(1, path=re.escape(second.key))
    clouds.aws.faults.throttle(path=_name(report))
    clouds.aws.faults.cut(path=_name(report), after_bytes=10)
    run = run_period(dag, BEGIN, END)
    assert run.state == "success", states(run)
    assert published() == expected(manifest, BEGIN, END)


# test_cost_ingest holds red runs that the next one mends; the stores' tests hold each answer.
@pytest.mark.slow
def test_what_no_retry_heals_is_named_and_the_next_run_takes_it_in(
    clouds, dag, manifest, monkeypatch, capfd
):
    monkeypatch.setitem(client.__kwdefaults__, "retry_strategy", oci.retry.NoneRetryStrategy())
    vanishing, throttled, failing, cut, *_ = delivered(manifest, "oci")
    (denied, *_) = delivered(manifest, "aws")
    place = (vanishing.namespace, vanishing.bucket, vanishing.key)
    clouds.oci.faults.cut(
        1, path=re.escape(vanishing.key), then=lambda: clouds.oci.delete_object(*place)
    )
    clouds.oci.faults.throttle(MANY, path=re.escape(throttled.key))
    clouds.oci.faults.fail(MANY, path=re.escape(failing.key), status=500)
    clouds.oci.faults.cut(MANY, path=re.escape(cut.key), after=10)
    clouds.aws.faults.deny(MANY, operation="GetObject", path=_name(denied))

    red = run_period(dag, BEGIN, END)
    assert red.state == "failed"
    assert {name for name, state in states(red).items() if state == "failed"} == {"verdict"}
    told = capfd.readouterr().out
    reasons = {vanishing: "404", throttled: "429", failing: "500", cut: "connection", denied: "403"}
    assert f"5 of {len(listed(red))} objects are not in the ledger:" in told
    for each, reason in reasons.items():
        assert re.search(rf"^{re.escape(uri(each))}: .*{reason}", told, re.MULTILINE), reason
    without = {each.key for each in reasons}
    assert published() == expected(manifest, BEGIN, END, without=without)

    clouds.oci.faults.clear()
    clouds.aws.faults.clear()
    data = (manifest.root / vanishing.path).read_bytes()
    clouds.oci.put_object(*place, data, vanishing.delivered_at)
    mended = run_period(dag, BEGIN, END)
    assert (mended.state, listed(mended)) == ("success", sorted(uri(each) for each in reasons))
    assert published() == expected(manifest, BEGIN, END)
