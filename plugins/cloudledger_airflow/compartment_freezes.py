"""Freezes of compartments: what there is to go by, planned, taken back, and carried out."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cloudledger.governance.change import Account, Change
    from cloudledger.governance.config import AccountSettings, Governance
    from cloudledger.governance.remediation.compartment import Compartment
    from cloudledger.governance.remediation.freezes import Emergency, Tenancy
    from cloudledger.governance.remediation.policies import QuotaFreeze
    from cloudledger.warehouse.port import Session


def freezes(
    session: Session, governance: Governance, as_of: datetime
) -> tuple[list[Change], list[str]]:
    """The quotas that the policies want now, and what a person should know besides."""
    from cloudledger.governance.remediation.freezes import plan_freezes
    from cloudledger.governance.remediation.store import past_changes

    settings = governance.remediation
    tenancies = _tenancies(governance)
    problems: list[str] = []
    emergencies: dict[str, Emergency] = {}
    for policy in _policies(governance):
        emergencies[policy.name] = _emergency(session, governance, policy, tenancies, as_of)
        if _goes_by_something(policy) and not emergencies[policy.name].complete:
            problems.append(f"{policy.name}: nothing was looked at in the last two days")
    past = past_changes(session, as_of) if emergencies else {}
    changes, left = plan_freezes(settings, tenancies, emergencies, past, as_of)
    return changes, [*problems, *left]


def freezes_by_hand(
    governance: Governance, name: str, because: str, as_of: datetime
) -> tuple[list[Change], list[str]]:
    """The quotas of one policy, because a person asks for them.

    :param name: of the policy.
    :raises AirflowFailException: there is no such policy, or no reason is given.
    """
    from cloudledger.governance.remediation.freezes import Emergency, plan_freezes
    from cloudledger.governance.remediation.undo_wish import ENOUGH, MOST
    from cloudledger.governance.remediation.wishes import Occasion

    settings = governance.remediation
    known = {one.name: one for one in _policies(governance)}
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise AirflowFailException(f"freeze: {name} is no policy of kind quota_freeze: {there}")
    why = " ".join(because.split())
    if not ENOUGH <= len(why) <= MOST:
        raise AirflowFailException(
            f"because: a freeze by hand needs a reason of {ENOUGH} to {MOST} letters"
        )
    asked = [one for scope in known[name].scopes for one in settings.scope(scope).compartments]
    occasion = Occasion(as_of, f"asked for by hand: {why}")
    emergency = Emergency(dict.fromkeys(asked, occasion), by_hand=why)
    return plan_freezes(settings, _tenancies(governance), {name: emergency}, {}, as_of)


def unfreezes(
    governance: Governance, plan_id: str, done: Sequence[Change], because: str
) -> tuple[list[Change], list[str]]:
    """What takes carried-out changes of quotas back, and what cannot be."""
    from cloudledger.governance.change import Change
    from cloudledger.governance.remediation.freezes import unfrozen

    changes: list[Change] = []
    problems: list[str] = []
    for name in sorted({one.account for one in done}):
        steps = [one for one in done if one.account == name]
        try:
            quotas = quotas_of(governance, name).list()
        except KeyError as error:
            problems.append(f"{error.args[0]} is not configured any more: it is left alone")
            continue
        for one in unfrozen(plan_id, steps, quotas, because):
            if isinstance(one, Change):
                changes.append(one)
            else:
                problems.append(one)
    return changes, problems


def quotas_of(governance: Governance, name: str) -> Account:
    """The quotas that freeze the compartments of a scope, none of them made that must not be.

    :param name: the scope's, and what follows it in the account of a change.
    :raises KeyError: the file names no such scope of OCI.
    :raises UnusableConnection: its connection cannot work until a person mends it.
    """
    from cloudledger.governance.remediation.freeze_guard import GuardedQuotas
    from cloudledger.governance.remediation.freezes import QUOTAS

    settings = governance.remediation
    scopes = {one.name + QUOTAS: one for one in settings.scopes if one.compartments}
    if name not in scopes:
        raise KeyError(name)
    account = governance.account(scopes[name].account)
    return GuardedQuotas(_quotas(account), settings, scopes[name], partial(_compartments, account))


def _policies(governance: Governance) -> list[QuotaFreeze]:
    from cloudledger.governance.remediation.policies import QuotaFreeze

    return [one for one in governance.remediation.policies if isinstance(one, QuotaFreeze)]


def _tenancies(governance: Governance) -> dict[str, Tenancy]:
    """By scope of the policies, each tenancy asked once."""
    from cloudledger.governance.remediation.freezes import Tenancy

    @cache
    def tenancy(name: str) -> Tenancy:
        account = governance.account(name)
        return Tenancy(_compartments(account), _quotas(account).list())

    asked = {name for policy in _policies(governance) for name in policy.scopes}
    settings = governance.remediation
    return {name: tenancy(settings.scope(name).account) for name in sorted(asked)}


def _compartments(account: AccountSettings) -> Mapping[str, Compartment]:
    from oci.identity import IdentityClient

    from cloudledger.clouds.oci.compartments import compartments
    from cloudledger_airflow.hooks.oci import OciHook

    return compartments(OciHook(account.conn_id).client(IdentityClient), account.account_id)


def _quotas(account: AccountSettings) -> Account:
    from oci.limits import QuotasClient

    from cloudledger.clouds.oci.quotas import OciQuotas
    from cloudledger_airflow.hooks.oci import OciHook

    client = OciHook(account.conn_id).client(QuotasClient)
    return OciQuotas(client, account.name, account.account_id)


def _goes_by_something(policy: QuotaFreeze) -> bool:
    return policy.anomalies or policy.percent is not None


def _emergency(
    session: Session,
    governance: Governance,
    policy: QuotaFreeze,
    tenancies: Mapping[str, Tenancy],
    as_of: datetime,
) -> Emergency:
    """What budgets and anomalies say of the compartments: they are held against documents as those
    of instances are.
    """
    from cloudledger.governance.change import Found
    from cloudledger.governance.remediation.freezes import Emergency
    from cloudledger_airflow.remediation_seen import over_budget_of, unusual_of

    found = {
        name: {
            one: Found({"sub_account": one, "tags": dict(known[one].tags)})
            for one in governance.remediation.scope(name).compartments
            if one in (known := tenancies[name].compartments)
        }
        for name in policy.scopes
    }
    told = []
    if (spent := policy.spent) is not None:
        told.append(over_budget_of(session, governance, spent, found, as_of))
    if policy.anomalies:
        told.append(unusual_of(session, governance, policy, found, as_of))
    known_now = [one for one in told if one is not None]
    occasions = {target: each for one in reversed(known_now) for target, each in one.items()}
    return Emergency(occasions, complete=bool(told) and len(known_now) == len(told))
