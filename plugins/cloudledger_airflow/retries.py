"""Which failures are worth another try."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from cloudledger.clouds.object_store import AccessDenied, StoreUnavailable
from cloudledger.governance.change import AccountUnavailable, NotAllowed
from cloudledger.governance.plan import UnknownPlan

CLOUD_RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=AccessDenied,
            action=RetryAction.FAIL,
            reason="access is refused until a person changes the credentials or the policy",
        ),
        RetryRule(
            exception=StoreUnavailable,
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=10),
            reason="the cloud throttles or is down, and the SDK's own retries are spent",
        ),
    ]
)
"""Refused access fails at once; a throttled or absent cloud is asked again; the rest as usual."""

ACCOUNT_RETRIES = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=NotAllowed,
            action=RetryAction.FAIL,
            reason="the credential lacks a right until a person grants it",
        ),
        RetryRule(
            exception=UnknownPlan,
            action=RetryAction.FAIL,
            reason="a plan that gave way or was not approved stays so",
        ),
        RetryRule(
            exception=AccountUnavailable,
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=10),
            reason="the account throttles or is down, and the SDK's own retries are spent",
        ),
    ]
)
"""A missing right or approval fails at once; a throttled or absent account is asked again."""
