"""The Budgets service: budgets and their alert rules.

Source: https://docs.oracle.com/iaas/api/#/en/budgets/20190111/
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.documents import Document, Documents
from localcloud.oci.errors import ApiError, invalid, missing, not_found
from localcloud.oci.limits import Limits
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant
from oci.budget import models

BASE = "/20190111/budgets"
RULES = BASE + "/{budget_id}/alertRules"


class BudgetRoutes:
    """The operations on ``/20190111/budgets``; budgets live in the tenancy's root compartment."""

    def __init__(self, state: State, tenancy: str, limits: Limits) -> None:
        self._state = state
        self._tenancy = tenancy
        self._limits = limits
        self._budgets = Documents(state, "budget")
        self._rules = Documents(state, "budgetalertrule")

    @property
    def routes(self) -> list[Route]:
        one_budget, one_rule = BASE + "/{budget_id}", RULES + "/{rule_id}"
        return [
            Route(BASE, self.list_budgets, methods=["GET"]),
            Route(BASE, self.create_budget, methods=["POST"]),
            Route(one_budget, self.get_budget, methods=["GET"]),
            Route(one_budget, self.update_budget, methods=["PUT"]),
            Route(one_budget, self.delete_budget, methods=["DELETE"]),
            Route(RULES, self.list_alert_rules, methods=["GET"]),
            Route(RULES, self.create_alert_rule, methods=["POST"]),
            Route(one_rule, self.get_alert_rule, methods=["GET"]),
            Route(one_rule, self.update_alert_rule, methods=["PUT"]),
            Route(one_rule, self.delete_alert_rule, methods=["DELETE"]),
        ]

    def list_budgets(self, request: Request) -> Response:
        query = request.query_params
        if not query.get("compartmentId"):
            raise missing("compartmentId is required")
        if query["compartmentId"] != self._tenancy:
            raise not_found(query["compartmentId"])
        target_type = query.get("targetType", "ALL")
        if target_type not in ("ALL", "COMPARTMENT", "TAG"):
            raise invalid(f"targetType: '{target_type}' is not one of ALL, COMPARTMENT, TAG")
        found = [d for d in self._budgets.all() if target_type in ("ALL", d.body.get("targetType"))]
        return _page(request, [self._with_rules(d) for d in found])

    def create_budget(self, request: Request) -> Response:
        details = body_of(request, models.CreateBudgetDetails)
        if details["compartmentId"] != self._tenancy:
            raise invalid("compartmentId: budgets are made in the tenancy's root compartment")
        if "targetCompartmentId" in details:
            if "targets" in details:
                raise invalid("targetCompartmentId and targets exclude each other")
            details |= {"targetType": "COMPARTMENT", "targets": [details["targetCompartmentId"]]}
        if "targetType" not in details or len(details.get("targets", ())) != 1:
            raise invalid("targets: give targetType and exactly one target")
        _check_budget(details)
        document = self._budgets.create(
            request.scope["body"],
            lambda id_: self._fresh(id_, self._within_limit(details), "budget"),
            retry_token=request.headers.get("opc-retry-token"),
        )
        return _answer(self._with_rules(document))

    def _within_limit(self, details: dict[str, Any]) -> dict[str, Any]:
        if len(self._budgets.all()) >= self._limits.budgets:
            raise ApiError(400, "LimitExceeded", "The service limit for budgets has been reached")
        return details

    def get_budget(self, request: Request) -> Response:
        return _answer(self._with_rules(self._budgets.get(request.path_params["budget_id"])))

    def update_budget(self, request: Request) -> Response:
        details = body_of(request, models.UpdateBudgetDetails)
        id_ = request.path_params["budget_id"]
        body = self._changed(self._budgets.get(id_), details)
        _check_budget(body)
        if_match = request.headers.get("if-match")
        return _answer(self._with_rules(self._budgets.replace(id_, body, if_match=if_match)))

    def delete_budget(self, request: Request) -> Response:
        id_ = request.path_params["budget_id"]
        self._budgets.delete(id_, if_match=request.headers.get("if-match"))
        return Response(status_code=204)

    def list_alert_rules(self, request: Request) -> Response:
        budget = self._budgets.get(request.path_params["budget_id"])
        return _page(request, self._rules.all(parent=budget.id))

    def create_alert_rule(self, request: Request) -> Response:
        budget = self._budgets.get(request.path_params["budget_id"])
        details = body_of(request, models.CreateAlertRuleDetails)
        _check_rule(details)
        document = self._rules.create(
            request.scope["body"],
            lambda id_: (
                self._fresh(id_, {"recipients": ""} | details, "alert-rule")
                | {"budgetId": budget.id}
            ),
            parent=budget.id,
            retry_token=request.headers.get("opc-retry-token"),
        )
        return _answer(document)

    def get_alert_rule(self, request: Request) -> Response:
        return _answer(self._rule(request))

    def update_alert_rule(self, request: Request) -> Response:
        details = body_of(request, models.UpdateAlertRuleDetails)
        rule = self._rule(request)
        body = self._changed(rule, details)
        _check_rule(body)
        return _answer(
            self._rules.replace(
                rule.id,
                body,
                if_match=request.headers.get("if-match"),
                parent=request.path_params["budget_id"],
            )
        )

    def delete_alert_rule(self, request: Request) -> Response:
        self._rules.delete(
            request.path_params["rule_id"],
            if_match=request.headers.get("if-match"),
            parent=request.path_params["budget_id"],
        )
        return Response(status_code=204)

    def _rule(self, request: Request) -> Document:
        budget = self._budgets.get(request.path_params["budget_id"])
        return self._rules.get(request.path_params["rule_id"], parent=budget.id)

    def _with_rules(self, budget: Document) -> Document:
        count = len(self._rules.all(parent=budget.id))
        return Document(budget.id, budget.etag, budget.body | {"alertRuleCount": count})

    def _fresh(self, id_: str, details: dict[str, Any], kind: str) -> dict[str, Any]:
        now = instant(self._state.clock())
        return (
            {"displayName": f"{kind}-{id_[-8:]}"}
            | details
            | {
                "id": id_,
                "lifecycleState": "ACTIVE",
                "version": 1,
                "timeCreated": now,
                "timeUpdated": now,
            }
        )

    def _changed(self, old: Document, details: dict[str, Any]) -> dict[str, Any]:
        stamp = {"version": old.body["version"] + 1, "timeUpdated": instant(self._state.clock())}
        return old.body | details | stamp


def _check_budget(body: dict[str, Any]) -> None:
    if body["amount"] != int(body["amount"]) or body["amount"] <= 0:
        raise invalid("amount: a budget is a whole number of the currency, above zero")
    if body.get("processingPeriodType") == "SINGLE_USE" and not (
        "startDate" in body and "endDate" in body
    ):
        raise missing("startDate and endDate are required for SINGLE_USE")


def _check_rule(body: dict[str, Any]) -> None:
    if body["threshold"] <= 0:
        raise invalid("threshold: must be above zero")


def _page(request: Request, documents: list[Document]) -> Response:
    query = request.query_params
    for name in ("displayName", "lifecycleState"):
        if name in query:
            documents = [d for d in documents if d.body.get(name) == query[name]]
    sort_by = query.get("sortBy", "timeCreated")
    if sort_by not in ("timeCreated", "displayName"):
        raise invalid(f"sortBy: '{sort_by}' is not one of timeCreated, displayName")
    descending = query.get("sortOrder", "ASC") == "DESC"
    documents = sorted(documents, key=lambda d: d.body[sort_by], reverse=descending)
    page = page_of([d.body for d in documents], request)
    return JSONResponse(page.items, headers=page.headers)


def _answer(document: Document) -> Response:
    return JSONResponse(document.body, headers={"etag": document.etag})
