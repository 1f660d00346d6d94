"""The DAG remediation sets bounds of groups of both local clouds, and puts them back."""

import boto3
import pytest
from local_runs import results, states
from test_remediation_runs import DEV, governed, now, plans, run, section, want, working_days

from localcloud.oci.autoscaling import rule

__all__ = ["governed"]
pytestmark = pytest.mark.usefixtures("airflow_db")

LARGE = {"min": 1, "max": 8}


def capped(*, today=False, **other):
    hours = {
        "kind": "outside_hours",
        "timezone": "UTC",
        "days": list(working_days(today=today)),
        "from": now().time().isoformat() if today else "00:00",
        "to": "23:59:59.999999",
    }
    cap = {
        "name": "cap",
        "kind": "autoscaling_bounds",
        "scopes": ["dev", "dev_aws"],
        "justification": "nobody needs more at night",
        "max": 2,
        "target": 90,
        "when": hours,
    }
    return section(policies=[cap], **other)


class Groups:
    """One that is free and one that is protected, of each cloud."""

    def __init__(self, clouds):
        self.clouds = clouds
        self.aws = boto3.client(
            "autoscaling",
            endpoint_url=clouds.aws.endpoint,
            region_name="eu-central-1",
            aws_access_key_id="AKIALOCAL",
            aws_secret_access_key="local",
        )
        self.aws.create_launch_configuration(
            LaunchConfigurationName="small", ImageId="ami-12345678", InstanceType="t3.small"
        )
        self.on_oci = {
            name: clouds.oci.scaling.plant(
                name,
                DEV,
                capacity=LARGE | {"initial": 3},
                rules=[rule("out", 1, "GT", 80), rule("in", -1, "LT", 20)],
                freeform_tags=tags,
            )
            for name, tags in (("pool", {}), ("kept", {"protected": "true"}))
        }
        for name, tags in (("web", {}), ("db", {"protected": "true"})):
            pairs = {"environment": "dev"} | tags
            self.aws.create_auto_scaling_group(
                AutoScalingGroupName=name,
                LaunchConfigurationName="small",
                AvailabilityZones=["eu-central-1a"],
                MinSize=LARGE["min"],
                MaxSize=LARGE["max"],
                DesiredCapacity=3,
                Tags=[{"Key": key, "Value": value} for key, value in pairs.items()],
            )

    def bounds(self):
        """By name the most instances, how many first, and the threshold."""
        found = {}
        for name, target in self.on_oci.items():
            (policy,) = self.clouds.oci.scaling.get(target).body["policies"]
            (out,) = [one for one in policy["rules"] if one["action"]["value"] > 0]
            capacity = policy["capacity"]
            threshold = out["metric"]["threshold"]["value"]
            found[name] = (capacity["max"], capacity["initial"], threshold)
        for one in self.aws.describe_auto_scaling_groups()["AutoScalingGroups"]:
            found[one["AutoScalingGroupName"]] = (one["MaxSize"], one["DesiredCapacity"])
        return found


WERE = {"pool": (8, 3, 80), "kept": (8, 3, 80), "web": (8, 3), "db": (8, 3)}
SMALL = WERE | {"pool": (2, 2, 90), "web": (2, 2)}


@pytest.fixture
def groups(clouds, governed, tmp_path):
    want(tmp_path, capped())
    return Groups(clouds)


def test_bounds_are_set_once_and_put_back_in_working_hours(governed, groups, tmp_path):
    first = run(governed)
    assert first.state == "success", states(first)
    assert groups.bounds() == SMALL
    assert results(first)["apply"][0]["verified"] == 2
    assert "cap: set max from 8 to 2" in results(first)["plan"][0]["markdown"]
    assert results(run(governed))["plan"][0]["changes"] == 0
    want(tmp_path, capped(today=True))
    morning = run(governed)
    assert morning.state == "success", states(morning)
    assert groups.bounds() == WERE


# test_group_accounts puts bounds back by the record; test_remediation_runs takes a plan back.
@pytest.mark.slow
def test_a_plan_of_bounds_is_taken_back_and_stays_so(governed, groups):
    run(governed)
    (plan,) = plans()
    back = run(governed, undo=plan["plan_id"])
    assert back.state == "success", states(back)
    assert groups.bounds() == WERE
    assert results(run(governed))["plan"][0]["changes"] == 0


# test_group_accounts holds the same without Airflow.
@pytest.mark.slow
def test_one_that_the_cloud_fails_at_is_finished_by_the_next_run(governed, groups, clouds):
    clouds.oci.faults.deny(2, path="/policies/", method="PUT")
    first = run(governed)
    assert states(first)["apply"] == "failed"
    assert groups.bounds()["pool"] == WERE["pool"]
    clouds.oci.faults.clear()
    second = run(governed)
    assert second.state == "success", states(second)
    assert groups.bounds() == SMALL


def test_only_what_policies_are_of_is_looked_at(governed, groups, clouds):
    run(governed)
    assert not clouds.oci.calls.matching("/instances")
    assert not clouds.aws.calls("ec2")
