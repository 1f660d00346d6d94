import pytest
from airflow.sdk import RetryAction

from cloudledger.clouds.object_store import AccessDenied, StoreUnavailable
from cloudledger.governance.change import AccountUnavailable, NotAllowed
from cloudledger.governance.plan import UnknownPlan
from cloudledger_airflow.retries import ACCOUNT_RETRIES, CLOUD_RETRIES


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (AccessDenied("oci://a/b", "401", "mend"), RetryAction.FAIL),
        (StoreUnavailable("oci://a/b", "429", "wait"), RetryAction.RETRY),
        (RuntimeError("anything else"), RetryAction.DEFAULT),
    ],
)
def test_refused_access_fails_at_once_and_a_throttled_cloud_is_asked_again(error, action):
    assert CLOUD_RETRIES.evaluate(error, try_number=1, max_tries=2).action is action


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (NotAllowed("budgets of main", "404", "grant"), RetryAction.FAIL),
        (UnknownPlan("plan 1 is rejected"), RetryAction.FAIL),
        (AccountUnavailable("budgets of main", "429", "wait"), RetryAction.RETRY),
        (RuntimeError("anything else"), RetryAction.DEFAULT),
    ],
)
def test_a_missing_right_or_approval_fails_at_once_and_a_throttled_account_is_asked_again(
    error, action
):
    assert ACCOUNT_RETRIES.evaluate(error, try_number=1, max_tries=2).action is action


def test_every_task_that_reads_a_cloud_follows_it(root):
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["cost_ingest"]
    for name in ("oci.delivery", "oci.list", "aws.list"):
        assert dag.get_task(name).retry_policy is CLOUD_RETRIES, name
