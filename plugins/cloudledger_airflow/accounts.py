"""The governed things of an account, opened with its Airflow connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudledger.governance.change import Account
    from cloudledger.governance.config import Governance


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
