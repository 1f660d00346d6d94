"""The budgets of both local clouds, set up and looked at by the SDKs alone."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Protocol

import oci
from oci.budget import models

from cloudledger.clouds.oci.budgets import OciBudgets
from cloudledger.governance.change import Account
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.identity import TENANCY, new_key
from tests.support.local_oci import QUICK, sdk

TEAM = ["finops@example.com", "team@example.com"]


class Bench(Protocol):
    """One cloud."""

    kind: str
    most_rules: int

    def account(self, adopt: Collection[str] = (), *, stranger: bool = False) -> Account: ...

    def wanted(self, name: str, amount: str = "1200", **other: Any) -> dict[str, Any]: ...

    def rule(self, type_: str, percent: str, emails: list[str] = TEAM) -> dict[str, Any]: ...

    def plant(self, name: str, *, ours: bool = False) -> None: ...

    def delete(self, name: str) -> None: ...

    def meddle(self, name: str) -> None: ...

    def meddle_with_rules(self, name: str) -> None: ...

    def state(self) -> list[Any]: ...

    def limit(self, budgets: int) -> None: ...

    def strike(self, how: str, operation: str, times: int = 1) -> None: ...

    def calm(self) -> None: ...

    def sent(self) -> list[tuple[str, dict[str, Any]]]: ...


class OciBench:
    """The local OCI; operations are named as the SDK's methods."""

    kind = "oci"
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

    def plant(self, name: str, *, ours: bool = False) -> None:
        made = self.client.create_budget(
            models.CreateBudgetDetails(
                compartment_id=TENANCY,
                display_name=name,
                amount=500,
                reset_period="MONTHLY",
                target_type="COMPARTMENT",
                targets=["ocid1.compartment.oc1..shop"],
                freeform_tags={"managed-by": "cloudledger"} if ours else {"team": "shop"},
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

    def _budgets(self) -> list[Any]:
        return list(self.client.list_budgets(TENANCY, target_type="ALL").data)

    def _id(self, name: str) -> str:
        return str(next(one.id for one in self._budgets() if one.display_name == name))
