"""budget_governance while the clouds fail or a process is killed: what they hold, what is told."""

import signal
import subprocess
import sys
import time
from datetime import timedelta

import oci
import pytest
from budget_runs import AT, TENANCY, WANTED, govern, held, plans, run
from local_runs import answering, results, states, task_context, warehouse

from cloudledger.clouds.oci.clients import client

MANY = 99
BUDGETS, RULES = r"/budgets$", r"/alertRules$"

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def governed(clouds, root, tmp_path, monkeypatch):
    monkeypatch.setitem(client.__kwdefaults__, "retry_strategy", oci.retry.NoneRetryStrategy())
    return govern(clouds, root, tmp_path, monkeypatch)


def steps(plan_id):
    """By target how far it came, and what was told of it."""
    with warehouse() as session:
        rows = session.query(
            "SELECT target, state, told FROM account_change WHERE plan_id = :plan_id",
            plan_id=plan_id,
        ).to_pylist()
    return {row["target"]: (row["state"], row["told"] or "") for row in rows}


def kept():
    """By name the amount and the number of alert rules in the tables."""
    with warehouse() as session:
        rows = session.query(
            "SELECT budget.budget_name, budget.amount, COUNT(budget_alert_rule.place) AS rules "
            "FROM budget LEFT JOIN budget_alert_rule "
            "ON budget.budget_id = budget_alert_rule.budget_id "
            "GROUP BY budget.budget_name, budget.amount"
        ).to_pylist()
    return {row["budget_name"]: (int(row["amount"]), row["rules"]) for row in rows}


WHOLE = {name: (amount, 3) for name, amount in WANTED.items()}


def finished(dag, clouds, plan_id):
    """The next run goes on with the plan, and has nothing to plan itself."""
    found = run(dag, AT + timedelta(hours=1))
    assert found.state == "success", states(found)
    assert results(found)["finish"][0]["plans"] == [plan_id]
    assert results(found)["plan"][0]["changes"] == 0
    assert held(clouds) == WANTED
    assert kept() == WHOLE
    assert {state for state, _ in steps(plan_id).values()} == {"verified"}
    assert plans()[0]["state"] == "applied"


# test_budget_plan_faults holds the same without Airflow.
@pytest.mark.slow
def test_what_the_sdks_retries_do_not_heal_is_finished_by_the_next_run(governed, clouds):
    clouds.oci.faults.fail(MANY, path=RULES, method="POST", status=503)
    red = run(governed)
    assert states(red)["apply"] == "failed"
    (plan,) = plans()
    assert plan["state"] == "approved"
    told = steps(plan["plan_id"])
    assert {target: state for target, (state, _) in told.items()} == {
        "payer": "verified",
        "shop": "begun",
        "tenancy": "planned",
    }
    assert "503" in told["shop"][1]
    assert held(clouds) == {"payer": WANTED["payer"], "shop": WANTED["shop"]}
    assert kept() == {"payer": WHOLE["payer"]}, "one without rules tells nobody, and is not kept"
    clouds.oci.faults.clear()
    finished(governed, clouds, plan["plan_id"])


def test_a_credential_without_rights_fails_at_once_and_names_the_permission(
    governed, clouds, capfd
):
    governed.get_task("apply").retries = 2
    clouds.oci.faults.deny(MANY, path=BUDGETS, method="POST")
    red = run(governed)
    tried = red.get_task_instance("apply")
    assert (tried.state, tried.try_number) == ("failed", 1)
    assert len(clouds.oci.calls.matching(BUDGETS, "POST")) == 1
    (plan,) = plans()
    assert plan["state"] == "approved"
    state, told = steps(plan["plan_id"])["shop"]
    assert state == "begun"
    assert "allow group <group> to manage usage-budgets in tenancy" in told
    assert told in capfd.readouterr().out
    assert held(clouds) == {"payer": WANTED["payer"]}
    assert kept() == {"payer": WHOLE["payer"]}


# test_budget_plan_faults holds the refusal without Airflow.
@pytest.mark.slow
def test_what_was_deleted_while_a_person_was_asked_is_refused_and_the_tables_say_so(
    governed, clouds, monkeypatch
):
    run(governed)
    budgets = oci.budget.BudgetClient(clouds.oci.config, service_endpoint=clouds.oci.endpoint)
    by_name = {one.display_name: one.id for one in budgets.list_budgets(TENANCY).data}
    for name in ("shop", "tenancy"):
        details = oci.budget.models.UpdateBudgetDetails(amount=9)
        budgets.update_budget(by_name[name], details)
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    task = governed.get_task("apply")
    monkeypatch.setattr(task, "_pre_execute_hook", lambda _: budgets.delete_budget(by_name["shop"]))
    with answering(governed, "Approve", "as it was"):
        red = run(governed, AT + timedelta(hours=1))
    assert states(red)["apply"] == "failed"
    first, second = plans()
    assert (first["state"], second["state"]) == ("applied", "failed")
    told = steps(second["plan_id"])
    assert told["shop"][0] == "refused"
    assert "gone" in told["shop"][1]
    assert told["tenancy"] == ("verified", "")
    left = {name: amount for name, amount in WANTED.items() if name != "shop"}
    assert held(clouds) == left
    assert kept() == {name: WHOLE[name] for name in left}


def planned():
    """What the task ``plan`` returns."""
    from cloudledger_airflow.operators.governance import BudgetPlanOperator

    context = task_context(as_of=AT.isoformat())
    return BudgetPlanOperator(task_id="plan", forecaster="smoothing").execute(context)


def approve(plan):
    """The task ``approve``, by the policy."""
    from cloudledger_airflow.operators.approval import PlanApprovalOperator

    operator = PlanApprovalOperator(task_id="approve", subject="?", plan=plan)
    return operator.execute(task_context())


def apply(plan):
    """The task ``apply``, cleared alone."""
    from cloudledger_airflow.operators.governance import BudgetApplyOperator

    return BudgetApplyOperator(task_id="apply", plan=plan).execute(task_context())


def test_what_was_rejected_or_gave_way_is_not_applied_by_a_task_that_is_cleared(
    governed, clouds, monkeypatch
):
    from airflow.sdk.exceptions import AirflowSkipException

    from cloudledger.governance.plan import UnknownPlan

    gave_way = planned()
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    with answering(governed, "Reject", ""):
        rejected = results(run(governed))["plan"][0]
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "policy")
    assert sorted(plan["state"] for plan in plans()) == ["rejected", "superseded"]
    with pytest.raises(AirflowSkipException, match="rejected before"):
        approve(rejected)
    with pytest.raises(UnknownPlan, match="a newer plan took the place"):
        approve(gave_way)
    for plan in (rejected, gave_way):
        with pytest.raises(UnknownPlan, match="not approved"):
            apply(plan)
    assert held(clouds) == {}
    assert kept() == {}


def recorded(plan_id):
    """By target how far it came, from the warehouse itself: a process that was killed left no copy
    for readers.
    """
    from cloudledger.governance.plan_store import steps as kept_steps
    from cloudledger.governance.plan_store import unfinished
    from cloudledger_airflow.hooks.warehouse import WarehouseHook

    with WarehouseHook() as opened, opened.transaction() as session:
        assert unfinished(session, "budget") == [plan_id]
        return {step.change.target: step.state.value for step in kept_steps(session, plan_id)}


def oci_call(path):
    """Kill when the answer to the first such call is about to be sent."""

    def kill_at(clouds, process):
        clouds.oci.faults.cut(1, path=path, method="POST", then=process.kill)

    return kill_at


def aws_call(clouds, process):
    """Kill once the budget was asked for; what comes after it waits."""
    clouds.oci.faults.fail(MANY, path=BUDGETS, method="POST")
    deadline = time.monotonic() + 60
    while "CreateBudget" not in [call["operation"] for call in clouds.aws.calls("budgets")]:
        assert time.monotonic() < deadline
    process.kill()


@pytest.mark.parametrize(
    ("kill_at", "state"),
    [
        pytest.param(oci_call(RULES), "begun", id="between a budget and its rules"),
        pytest.param(oci_call(BUDGETS), "begun", id="before the answer", marks=pytest.mark.slow),
        pytest.param(aws_call, None, id="anywhere in AWS", marks=pytest.mark.slow),
    ],
)
def test_a_killed_apply_is_finished_by_the_next_run(governed, clouds, root, kill_at, state):
    plan = planned()
    plan_id = plan["plan_id"]
    for _ in ("once", "again, as after a kill"):
        assert approve(plan) == {"plan_id": plan_id}
    command = [sys.executable, "-m", "tests.support.apply_budgets", plan_id]
    with subprocess.Popen(command, cwd=root) as process:
        kill_at(clouds, process)
    assert process.returncode == -signal.SIGKILL
    clouds.oci.faults.clear()
    states_then = recorded(plan_id)
    assert "planned" in states_then.values()
    if state:
        assert states_then["shop"] == state
    assert held(clouds) != WANTED
    finished(governed, clouds, plan_id)
