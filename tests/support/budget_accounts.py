"""The budgets of both local clouds, set up and looked at by the SDKs alone."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Protocol

import boto3
import oci
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.session import get_session
from botocore.validate import ParamValidator
from oci.budget import models

from cloudledger.clouds.aws.budgets import AwsBudgets
from cloudledger.clouds.oci.budgets import OciBudgets
from cloudledger.governance.change import Account
from localcloud.aws.cloud import Cloud as AwsCloud
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.definitions import checked
from localcloud.oci.errors import ApiError
from localcloud.oci.identity import TENANCY, new_key
from tests.support.local_oci import QUICK, sdk

AWS_ACCOUNT = "100000000900"
TEAM = ["finops@example.com", "team@example.com"]


class Bench(Protocol):
    """One cloud."""

    kind: str
    required: tuple[str, ...]
    """Of a new budget."""

    def account(self, adopt: Collection[str] = (), *, stranger: bool = False) -> Account: ...

    def breaking(
        self, nth: int, *, lost: bool, adopt: Collection[str] = (), refused: bool = False
    ) -> Account: ...

    def wanted(self, name: str, amount: str = "1200", **other: Any) -> dict[str, Any]: ...

    def rule(self, type_: str, percent: str, emails: list[str] = TEAM) -> dict[str, Any]: ...

    def plant(self, name: str, *, ours: bool = False, **other: Any) -> None: ...

    def delete(self, name: str) -> None: ...

    def meddle(self, name: str) -> None: ...

    def meddle_with_rules(self, name: str) -> None: ...

    def touch(self, name: str) -> None: ...

    def tags(self, name: str) -> dict[str, str]: ...

    def state(self) -> list[Any]: ...

    def limit(self, budgets: int) -> None: ...

    def strike(self, how: str, operation: str, times: int = 1) -> None: ...

    def calm(self) -> None: ...

    def sent(self) -> list[tuple[str, dict[str, Any]]]: ...

    def wrong(self, operation: str, body: dict[str, Any]) -> str: ...


class Breaking:
    """A client whose nth call that changes something fails, its answer lost or itself.

    For good, as when the process ends there: no retry follows.
    """

    def __init__(self, client: Any, nth: int, error: Exception, *, lost: bool) -> None:
        self._client = client
        self._left = nth
        self._error = error
        self._lost = lost

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not name.startswith(("create_", "update_", "delete_", "tag_")):
            return found

        def call(*args: Any, **options: Any) -> Any:
            self._left -= 1
            answer = found(*args, **options) if self._left or self._lost else None
            if not self._left:
                raise self._error
            return answer

        return call


class OciBench:
    """The local OCI; operations are named as the SDK's methods."""

    kind = "oci"
    required = ("compartmentId", "amount", "resetPeriod")
    paths = {
        "create_budget": ("POST", r"/budgets$"),
        "update_budget": ("PUT", r"/budgets/[^/]+$"),
        "delete_budget": ("DELETE", r"/budgets/[^/]+$"),
        "list_budgets": ("GET", r"/budgets$"),
        "create_rule": ("POST", r"/alertRules$"),
        "update_rule": ("PUT", r"/alertRules/[^/]+$"),
        "delete_rule": ("DELETE", r"/alertRules/[^/]+$"),
    }

    def __init__(self, cloud: OciCloud) -> None:
        self.cloud = cloud
        self.client = sdk(oci.budget.BudgetClient, cloud, retry_strategy=QUICK)

    def account(self, adopt: Collection[str] = (), *, stranger: bool = False) -> Account:
        client = self.client
        if stranger:
            client = sdk(oci.budget.BudgetClient, self.cloud, key_content=new_key(), key_file="")
        return OciBudgets(client, "prod", TENANCY, adopt, page_size=2)

    def breaking(
        self, nth: int, *, lost: bool, adopt: Collection[str] = (), refused: bool = False
    ) -> Account:
        error: Exception = oci.exceptions.RequestException("cut")
        if refused:
            error = oci.exceptions.ServiceError(400, "InvalidParameter", {}, "No.")
        client = Breaking(self.client, nth, error, lost=lost)
        return OciBudgets(client, "prod", TENANCY, adopt)

    def wanted(self, name: str, amount: str = "1200", **other: Any) -> dict[str, Any]:
        return {
            "name": name,
            "amount": amount,
            "scope": {"kind": "compartment", "value": "ocid1.compartment.oc1..shop"},
            "rules": [self.rule("ACTUAL", "70"), self.rule("ACTUAL", "90")],
            "managed": True,
        } | other

    def rule(self, type_: str, percent: str, emails: list[str] = TEAM) -> dict[str, Any]:
        message = f"{percent} % of the budget"
        return {"type": type_, "percent": percent, "emails": emails, "message": message}

    def plant(self, name: str, *, ours: bool = False, **other: Any) -> None:
        made = self.client.create_budget(
            models.CreateBudgetDetails(
                compartment_id=TENANCY,
                display_name=name,
                amount=500,
                reset_period="MONTHLY",
                target_type="COMPARTMENT",
                targets=["ocid1.compartment.oc1..shop"],
                freeform_tags={"managed-by": "cloudledger"} if ours else {"team": "shop"},
                **other,
            )
        ).data
        rule = models.CreateAlertRuleDetails(
            type="ACTUAL", threshold=50.5, threshold_type="PERCENTAGE", recipients="z@b.c; a@b.c"
        )
        self.client.create_alert_rule(made.id, rule)

    def delete(self, name: str) -> None:
        self.client.delete_budget(self._id(name))

    def meddle(self, name: str) -> None:
        self.client.update_budget(self._id(name), models.UpdateBudgetDetails(amount=1))

    def touch(self, name: str) -> None:
        self.client.update_budget(self._id(name), models.UpdateBudgetDetails(description="ours"))

    def tags(self, name: str) -> dict[str, str]:
        return dict(self.client.get_budget(self._id(name)).data.freeform_tags)

    def meddle_with_rules(self, name: str) -> None:
        rule = models.CreateAlertRuleDetails(
            type="FORECAST", threshold=5, threshold_type="ABSOLUTE", recipients="x@y.z"
        )
        self.client.create_alert_rule(self._id(name), rule)

    def state(self) -> list[Any]:
        held = []
        for budget in self._budgets():
            rules = self.client.list_alert_rules(budget.id).data
            held.append(json.loads(str({"budget": budget, "rules": rules}).replace("'", '"')))
        return held

    def limit(self, budgets: int) -> None:
        self.cloud.limits.budgets = budgets

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        method, path = self.paths[operation]
        getattr(self.cloud.faults, how)(times, path=path, method=method)

    def calm(self) -> None:
        self.cloud.faults.clear()

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        named = {}
        for operation, (method, path) in self.paths.items():
            for call in self.cloud.calls.matching(path, method):
                if call.body:
                    named[id(call)] = (operation, json.loads(call.body))
        return list(named.values())

    def wrong(self, operation: str, body: dict[str, Any]) -> str:
        model = {
            "create_budget": models.CreateBudgetDetails,
            "update_budget": models.UpdateBudgetDetails,
            "create_rule": models.CreateAlertRuleDetails,
            "update_rule": models.UpdateAlertRuleDetails,
        }[operation]
        try:
            checked(model, body)
        except ApiError as error:
            return error.message
        return ""

    def _budgets(self) -> list[Any]:
        return list(self.client.list_budgets(TENANCY, target_type="ALL").data)

    def _id(self, name: str) -> str:
        return str(next(one.id for one in self._budgets() if one.display_name == name))


class AwsBench:
    """The local AWS; operations are named as OCI's are."""

    kind = "aws"
    required = ("AccountId", "Budget")
    operations = {
        "create_budget": "CreateBudget",
        "update_budget": "UpdateBudget",
        "delete_budget": "DeleteBudget",
        "list_budgets": "DescribeBudget",
        "create_rule": "CreateNotification",
        "update_rule": "UpdateNotification",
        "delete_rule": "DeleteNotification",
    }

    def __init__(self, cloud: AwsCloud) -> None:
        self.cloud = cloud
        self.client = boto3.client(
            "budgets",
            endpoint_url=cloud.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
        )

    def account(self, adopt: Collection[str] = (), *, stranger: bool = False) -> Account:
        if stranger:
            self.cloud.faults.deny(service="budgets")
        return AwsBudgets(self.client, "prod", AWS_ACCOUNT, adopt, page_size=2)

    def breaking(
        self, nth: int, *, lost: bool, adopt: Collection[str] = (), refused: bool = False
    ) -> Account:
        error: Exception = EndpointConnectionError(endpoint_url=self.cloud.endpoint)
        if refused:
            told = {"Error": {"Code": "InvalidParameterException", "Message": "No."}}
            error = ClientError(told | {"ResponseMetadata": {"HTTPStatusCode": 400}}, "Any")
        client = Breaking(self.client, nth, error, lost=lost)
        return AwsBudgets(client, "prod", AWS_ACCOUNT, adopt)

    def wanted(self, name: str, amount: str = "1200", **other: Any) -> dict[str, Any]:
        return {
            "name": name,
            "amount": amount,
            "currency": "USD",
            "scope": {"kind": "service", "value": "Amazon Simple Storage Service"},
            "rules": [self.rule("ACTUAL", "70"), self.rule("ACTUAL", "90")],
            "managed": True,
        } | other

    def rule(self, type_: str, percent: str, emails: list[str] = TEAM) -> dict[str, Any]:
        topics = ["arn:aws:sns:us-east-1:123456789012:finops"]
        return {"type": type_, "percent": percent, "emails": emails, "topics": topics}

    def plant(self, name: str, *, ours: bool = False, **other: Any) -> None:
        tag = ("managed-by", "cloudledger") if ours else ("team", "shop")
        self.client.create_budget(
            AccountId=AWS_ACCOUNT,
            Budget={
                "BudgetName": name,
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": "500.0", "Unit": "USD"},
                "FilterExpression": {
                    "Dimensions": {"Key": "SERVICE", "Values": ["Amazon Simple Storage Service"]}
                },
                "Metrics": ["UnblendedCost"],
            }
            | other,
            NotificationsWithSubscribers=[self._notification("ACTUAL", 50.5)],
            ResourceTags=[{"Key": tag[0], "Value": tag[1]}],
        )

    def delete(self, name: str) -> None:
        self.client.delete_budget(AccountId=AWS_ACCOUNT, BudgetName=name)

    def meddle(self, name: str) -> None:
        new = {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "1", "Unit": "USD"},
            "CostFilters": {"Service": ["Amazon Simple Storage Service"]},
        }
        self.client.update_budget(AccountId=AWS_ACCOUNT, NewBudget=new)

    def touch(self, name: str) -> None:
        about = {"AccountId": AWS_ACCOUNT, "BudgetName": name}
        held = self.client.describe_budget(**about)["Budget"]
        held["BillingViewArn"] = f"arn:aws:billing::{AWS_ACCOUNT}:billingview/primary"
        self.client.update_budget(AccountId=AWS_ACCOUNT, NewBudget=held)

    def tags(self, name: str) -> dict[str, str]:
        arn = f"arn:aws:budgets::{AWS_ACCOUNT}:budget/{name}"
        tags = self.client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
        return {tag["Key"]: tag["Value"] for tag in tags}

    def meddle_with_rules(self, name: str) -> None:
        new = self._notification("FORECASTED", 5, ThresholdType="ABSOLUTE_VALUE")
        self.client.create_notification(AccountId=AWS_ACCOUNT, BudgetName=name, **new)

    def state(self) -> list[Any]:
        budgets = self.client.describe_budgets(AccountId=AWS_ACCOUNT, ShowFilterExpression=True)
        held = []
        for budget in budgets["Budgets"]:
            about = {"AccountId": AWS_ACCOUNT, "BudgetName": budget["BudgetName"]}
            rules = self.client.describe_notifications_for_budget(**about)["Notifications"]
            told = [
                self.client.describe_subscribers_for_notification(**about, Notification=rule)
                for rule in rules
            ]
            arn = f"arn:aws:budgets::{AWS_ACCOUNT}:budget/{budget['BudgetName']}"
            tags = self.client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
            held.append([budget, rules, [one["Subscribers"] for one in told], tags])
        return held

    def limit(self, budgets: int) -> None:
        self.cloud.limit_budgets(budgets)

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        more = {"after_bytes": 1} if how == "cut" else {}
        getattr(self.cloud.faults, how)(
            times, service="budgets", operation=self.operations[operation], **more
        )

    def calm(self) -> None:
        self.cloud.faults.clear()

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        named = {theirs: ours for ours, theirs in self.operations.items()}
        return [
            (named.get(call["operation"], call["operation"]), json.loads(call["body"]))
            for call in self.cloud.calls("budgets")
        ]

    def wrong(self, operation: str, body: dict[str, Any]) -> str:
        model = get_session().get_service_model("budgets")
        shape = model.operation_model(self.operations.get(operation, operation)).input_shape
        return str(ParamValidator().validate(body, shape).generate_report())

    def _notification(self, type_: str, threshold: float, **other: str) -> dict[str, Any]:
        return {
            "Notification": {
                "NotificationType": type_,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": threshold,
                **other,
            },
            "Subscribers": [
                {"SubscriptionType": "EMAIL", "Address": address} for address in ("z@b.c", "a@b.c")
            ],
        }
