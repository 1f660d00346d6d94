"""The governed things of an account, opened with its Airflow connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudledger.governance.change import Account
    from cloudledger.governance.config import Governance
    from cloudledger.governance.remediation.config import Scope


def budgets_of(governance: Governance, name: str) -> Account:
    """The budgets of the account of a name.

    :raises KeyError: the file names no such account.
    :raises UnusableConnection: its connection cannot work until a person mends it.
    """
    account = governance.account(name)
    adopt = frozenset(one.name for one in governance.budgets if one.adopt and one.account == name)
    if account.kind == "oci":
        from oci.budget import BudgetClient

        from cloudledger.clouds.oci.budgets import OciBudgets
        from cloudledger_airflow.hooks.oci import OciHook

        client = OciHook(account.conn_id).client(BudgetClient)
        return OciBudgets(client, account.name, account.account_id, adopt)
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    from cloudledger.clouds.aws.budgets import AwsBudgets

    client = AwsBaseHook(account.conn_id, client_type="budgets").get_conn()
    return AwsBudgets(client, account.name, account.account_id, adopt)


def remediated_of(governance: Governance, name: str, kinds: tuple[str, ...] = ()) -> Account:
    """The things of the scope of a name of ``remediation``, none of them changed that must not.

    :param kinds: of documents; those that are listed. None is listed without.
    :raises KeyError: the file names no such scope.
    :raises UnusableConnection: its connection cannot work until a person mends it.
    """
    from functools import cache, partial

    from cloudledger.governance.remediation.by_kind import ByKind
    from cloudledger.governance.remediation.guard import Guarded

    settings = governance.remediation
    scope = settings.scope(name)
    opened = cache(partial(_of_kind, governance, scope))
    return Guarded(ByKind(opened, kinds), settings, scope, lambda: datetime.now(UTC))


def _of_kind(governance: Governance, scope: Scope, kind: str) -> Account:
    from cloudledger.governance.remediation.scaling_group import KIND as GROUP

    return (_scaling_groups if kind == GROUP else _instances)(governance, scope)


def _instances(governance: Governance, scope: Scope) -> Account:
    account, settings = governance.account(scope.account), governance.remediation
    conn_id = scope.conn_id or account.conn_id
    if account.kind == "oci":
        from oci.core import ComputeClient

        from cloudledger.clouds.oci.compute import OciInstances
        from cloudledger_airflow.hooks.oci import OciHook

        return OciInstances(
            OciHook(conn_id).client(ComputeClient),
            scope.name,
            scope.compartments,
            settings.governs,
            wait_seconds=settings.wait_seconds,
        )
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    from cloudledger.clouds.aws.compute import AwsInstances

    return AwsInstances(
        AwsBaseHook(conn_id, client_type="ec2").get_conn(),
        scope.name,
        scope.sub_account or account.account_id,
        settings.governs,
        wait_seconds=settings.wait_seconds,
    )


def _scaling_groups(governance: Governance, scope: Scope) -> Account:
    account, settings = governance.account(scope.account), governance.remediation
    conn_id = scope.conn_id or account.conn_id
    if account.kind == "oci":
        from oci.autoscaling import AutoScalingClient

        from cloudledger.clouds.oci.autoscaling import OciScalingGroups
        from cloudledger_airflow.hooks.oci import OciHook

        client = OciHook(conn_id).client(AutoScalingClient)
        return OciScalingGroups(client, scope.name, scope.compartments, settings.governs)
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    from cloudledger.clouds.aws.autoscaling import AwsScalingGroups

    return AwsScalingGroups(
        AwsBaseHook(conn_id, client_type="autoscaling").get_conn(),
        scope.name,
        scope.sub_account or account.account_id,
        settings.governs,
    )


def daily_cpu_of(
    governance: Governance, name: str, targets: Sequence[str], first_day: date, end_day: date
) -> Mapping[str, Sequence[float]]:
    """By instance of a scope of ``remediation`` its CPU's daily means in percent.

    :raises KeyError: the file names no such scope.
    :raises UnusableConnection: its connection cannot work until a person mends it.
    """
    scope = governance.remediation.scope(name)
    account = governance.account(scope.account)
    conn_id = scope.conn_id or account.conn_id
    if account.kind == "oci":
        from oci.monitoring import MonitoringClient

        from cloudledger.clouds.oci import utilisation as of_oci
        from cloudledger_airflow.hooks.oci import OciHook

        monitoring = OciHook(conn_id).client(MonitoringClient)
        return of_oci.daily_cpu(monitoring, scope.compartments, first_day, end_day)
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    from cloudledger.clouds.aws import utilisation as of_aws

    cloudwatch = AwsBaseHook(conn_id, client_type="cloudwatch").get_conn()
    return of_aws.daily_cpu(cloudwatch, targets, first_day, end_day)
