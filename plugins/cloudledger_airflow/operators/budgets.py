"""Declare one budget, or one alert rule of a budget, of an OCI tenancy or an AWS account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from cloudledger_airflow.exceptions import BudgetNotHeld
from cloudledger_airflow.hooks.oci import OciHook
from cloudledger_airflow.operators.declared import DeclareBudgetOperator

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    from cloudledger.governance.change import Account, Document


class _OciOperator(DeclareBudgetOperator):
    """In an OCI tenancy.

    :param tenancy: its OCID; empty for the connection's own.
    :param oci_conn_id: the connection, of type ``oci``.
    """

    template_fields: Sequence[str] = (
        *DeclareBudgetOperator.template_fields,
        "tenancy",
        "oci_conn_id",
    )

    def __init__(
        self, *, tenancy: str = "", oci_conn_id: str = OciHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.tenancy = tenancy
        self.oci_conn_id = oci_conn_id

    @cached_property
    def hook(self) -> OciHook:
        """The connection to OCI."""
        return OciHook(self.oci_conn_id)

    def account(self) -> Account:
        """The tenancy's budgets."""
        from oci.budget import BudgetClient

        from cloudledger.clouds.oci.budgets import OciBudgets

        tenancy = self.tenancy or self.hook.auth.tenancy
        if not tenancy:
            raise BudgetNotHeld(f"give tenancy: connection {self.oci_conn_id!r} names none")
        adopt = {self.budget_name} if self.adopt else frozenset[str]()
        return OciBudgets(self.hook.client(BudgetClient), self.oci_conn_id, tenancy, adopt)


class OciBudgetOperator(_OciOperator):
    """Declare a monthly budget of an OCI tenancy. Its alert rules are left as they are.

    :param amount: a whole amount in the currency of the tenancy's rate card.
    :param scope: ``{"kind": "total"}``, ``{"kind": "compartment", "value": <OCID>}`` or ``{"kind":
        "tag", "key": <namespace>.<key>, "value": ...}``; fixed once the budget is there.
    """

    template_fields: Sequence[str] = (*_OciOperator.template_fields, "amount", "scope")

    def __init__(
        self,
        *,
        amount: Decimal | int | str,
        scope: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.amount = amount
        self.scope = scope

    def wanted(self, held: Document | None) -> Document | None:
        """The budget with the amount, and the rules that it has."""
        from cloudledger.exact import digits

        if self.state == "absent":
            return None
        return {
            "name": self.budget_name,
            "amount": digits(Decimal(str(self.amount))),
            "scope": dict(self.scope or {"kind": "total"}),
            "rules": held["rules"] if held else [],
            "managed": True,
        }


class OciAlertRuleOperator(_OciOperator):
    """Declare an alert rule of a budget that is there. Its other rules are left as they are.

    :param rule_type: ``ACTUAL`` for what was spent, ``FORECAST`` for what will have been.
    :param percent: of the budget. Type and percent name the rule.
    :param emails: who is told.
    :param message: what they read.
    """

    template_fields: Sequence[str] = (
        *_OciOperator.template_fields,
        "rule_type",
        "percent",
        "emails",
        "message",
    )

    def __init__(
        self,
        *,
        rule_type: Literal["ACTUAL", "FORECAST"],
        percent: Decimal | int | str,
        emails: Sequence[str] = (),
        message: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rule_type = rule_type
        self.percent = percent
        self.emails = emails
        self.message = message

    def wanted(self, held: Document | None) -> Document | None:
        """The budget with this rule, or without it.

        :raises BudgetNotHeld: there is no such budget, or it is not ours.
        """
        from cloudledger.exact import digits
        from cloudledger.governance.budgets.document import in_order

        if held is None:
            if self.state == "absent" or self.plan_only:
                self.log.warning("%s: there is no such budget of ours yet", self.budget_name)
                return None
            raise BudgetNotHeld(
                f"{self.budget_name}: there is no such budget, or it is not ours: "
                "declare it with OciBudgetOperator first"
            )
        percent = digits(Decimal(str(self.percent)))
        rules = [
            rule
            for rule in held["rules"]
            if (rule["type"], rule["percent"]) != (self.rule_type, percent)
        ]
        if self.state == "present":
            rules.append(
                {
                    "type": self.rule_type,
                    "percent": percent,
                    "emails": sorted(set(self.emails)),
                    "message": self.message,
                }
            )
        return {**held, "rules": in_order(rules), "managed": True}


class AwsBudgetOperator(DeclareBudgetOperator):
    """Declare a monthly cost budget of an AWS account, with its notifications.

    :param amount: in ``currency``, which is the account's own.
    :param scope: ``{"kind": "total"}``, ``{"kind": "service" | "account", "value": ...}`` or
        ``{"kind": "tag", "key": ..., "value": ...}``; a service as Cost Explorer names it.
    :param rules: ``{"type": "ACTUAL" | "FORECAST", "percent": 90, "emails": [...], "topics":
        [...]}``, five at most, each with ten addresses and one SNS topic at most.
    :param account_id: the account; empty for the connection's own.
    :param aws_conn_id: the connection, of type ``aws``.
    """

    template_fields: Sequence[str] = (
        *DeclareBudgetOperator.template_fields,
        "amount",
        "currency",
        "scope",
        "rules",
        "account_id",
        "aws_conn_id",
    )

    def __init__(
        self,
        *,
        amount: Decimal | int | str,
        rules: Sequence[Mapping[str, Any]] = (),
        currency: str = "USD",
        scope: Mapping[str, str] | None = None,
        account_id: str = "",
        aws_conn_id: str = "aws_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.amount = amount
        self.rules = rules
        self.currency = currency
        self.scope = scope
        self.account_id = account_id
        self.aws_conn_id = aws_conn_id

    @cached_property
    def hook(self) -> AwsBaseHook:
        """The connection to AWS."""
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

        return AwsBaseHook(self.aws_conn_id, client_type="budgets")

    def account(self) -> Account:
        """The account's budgets."""
        from cloudledger.clouds.aws.budgets import AwsBudgets

        account_id = self.account_id or self.hook.account_id
        adopt = {self.budget_name} if self.adopt else frozenset[str]()
        return AwsBudgets(self.hook.get_conn(), self.aws_conn_id, account_id, adopt)

    def wanted(self, held: Document | None) -> Document | None:
        """The budget, whatever is there."""
        from cloudledger.exact import digits
        from cloudledger.governance.budgets.document import in_order

        if self.state == "absent":
            return None
        return {
            "name": self.budget_name,
            "amount": digits(Decimal(str(self.amount))),
            "currency": self.currency,
            "scope": dict(self.scope or {"kind": "total"}),
            "rules": in_order(
                {
                    "type": rule["type"],
                    "percent": digits(Decimal(str(rule["percent"]))),
                    "emails": sorted(set(rule.get("emails", ()))),
                    "topics": sorted(set(rule.get("topics", ()))),
                }
                for rule in self.rules
            ),
            "managed": True,
        }
