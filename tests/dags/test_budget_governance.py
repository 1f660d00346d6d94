"""budget_governance against both local clouds: planned, approved, made, read back."""

import threading
from datetime import timedelta

import pytest
from budget_runs import BUDGETS, TENANCY, WANTED, govern, held, plans, run, want
from local_runs import answering, results, states, warehouse

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def governed(clouds, root, tmp_path, monkeypatch):
    return govern(clouds, root, tmp_path, monkeypatch)


def test_budgets_are_made_in_both_clouds_and_a_second_run_has_nothing_to_do(governed, clouds):
    first = run(governed)
    assert first.state == "success", states(first)
    assert held(clouds) == WANTED
    assert results(first)["apply"][0]["verified"] == 3
    (plan,) = plans()
    assert (plan["state"], plan["decided_how"]) == ("applied", "policy")
    again = run(governed)
    assert again.state == "success"
    assert results(again)["plan"][0]["changes"] == 0
    assert states(again)["apply"] == "skipped"
    with warehouse() as session:
        kept = session.query("SELECT budget_name, amount FROM budget").to_pylist()
        rules = session.query("SELECT budget_id, percent FROM budget_alert_rule").num_rows
    assert {row["budget_name"]: int(row["amount"]) for row in kept} == WANTED
    assert rules == 9


def test_a_dry_run_changes_nothing(governed, clouds, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "true")
    found = run(governed)
    assert states(found)["approve"] == "skipped"
    assert held(clouds) == {}
    assert [plan["state"] for plan in plans()] == ["proposed"]


# test_budget_accounts and test_budget_plan_faults hold the same without Airflow.
@pytest.mark.slow
def test_what_is_wanted_no_more_is_retired_and_what_was_changed_by_hand_is_put_right(
    governed, clouds, tmp_path
):
    run(governed)
    change_by_hand(clouds, "shop", 9999)
    want(tmp_path, BUDGETS[:2])
    found = run(governed)
    assert found.state == "success", states(found)
    assert held(clouds) == {"tenancy": 1100, "shop": 550}
    assert (
        "changed by somebody else: amount 550 becomes 9999"
        in (results(found)["plan"][0]["markdown"])
    )


def change_by_hand(clouds, name, amount):
    from oci.budget import BudgetClient
    from oci.budget.models import UpdateBudgetDetails

    oci = BudgetClient(clouds.oci.config, service_endpoint=clouds.oci.endpoint)
    (one,) = [each for each in oci.list_budgets(TENANCY).data if each.display_name == name]
    oci.update_budget(one.id, UpdateBudgetDetails(amount=amount))


def answered(dag, option, why):
    with answering(dag, option, why):
        return run(dag)


def test_a_person_approves_and_what_they_said_is_kept(governed, clouds, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    found = answered(governed, "Approve", "agreed with the owners")
    assert found.state == "success", states(found)
    assert held(clouds) == WANTED
    (plan,) = plans()
    assert (plan["decided_how"], plan["decided_by"]) == ("person", "ada")
    assert plan["why"] == "agreed with the owners"


def test_a_person_rejects_and_nothing_is_changed(governed, clouds, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    found = answered(governed, "Reject", "")
    assert states(found)["apply"] == "skipped"
    assert held(clouds) == {}
    assert [plan["state"] for plan in plans()] == ["rejected"]


def test_silence_rejects(governed, clouds, monkeypatch):
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    governed.get_task("approve").response_timeout = timedelta(seconds=1)
    over = threading.Event()

    def sweep():
        scheduler = SchedulerJobRunner(Job())
        while not over.wait(1):
            scheduler.check_awaiting_input_timeouts()

    clock = threading.Thread(target=sweep)
    clock.start()
    try:
        found = run(governed)
    finally:
        over.set()
        clock.join()
    assert states(found)["apply"] == "skipped"
    assert held(clouds) == {}
    (plan,) = plans()
    assert (plan["state"], plan["decided_how"]) == ("rejected", "silence")
