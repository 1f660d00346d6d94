"""Usage APIs beside the reports: asked for the days before a run's end, kept, and compared."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger_airflow.hooks.oci import OciHook
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import days_asked
from cloudledger_airflow.retries import CLOUD_RETRIES

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.clouds.usage import UsageApi


class UsageApiOperator(BaseOperator):
    """Ask a usage API for the days before a run's end, and keep what it answers.

    A run asks for the ``days_back`` whole UTC days before the end of its interval; with the params
    ``from`` and ``to``, for the days in between. The days' rows of the same query are replaced in
    one transaction, unless a run of a later instant has asked for them.

    Returns ``{"query": "resource", "days": 90, "rows": 1234, "requests": 3}``.

    :param source: the ledger's name of the source.
    :param account_id: the tenancy or payer account that is asked about.
    :param tag: the tag to group by; empty for the API's finest groups.
    :param days_back: how many days before its end a run asks for.
    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("source", "account_id", "tag", "warehouse_conn_id")
    ui_color = "#e6eef0"
    provider: str
    """The provider's partition in the lake."""

    def __init__(
        self,
        *,
        source: str,
        account_id: str = "",
        tag: str = "",
        days_back: int = 90,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", CLOUD_RETRIES)
        super().__init__(**kwargs)
        self.source = source
        self.account_id = account_id
        self.tag = tag
        self.days_back = days_back
        self.warehouse_conn_id = warehouse_conn_id

    @abstractmethod
    def api(self) -> UsageApi:
        """The API, asked with the operator's connection."""

    def execute(self, context: Context) -> dict[str, Any]:
        """Ask, then replace.

        :raises AccessDenied, StoreUnavailable, UsageRefused:
        """
        from cloudledger.ledger.usage import Question, keep

        run = context["dag_run"]
        first_day, end_day = days_asked(context, self.days_back)
        question = Question(
            self.source, self.provider, self.account_id, first_day, end_day, self.tag
        )
        context["query"] = question.query  # type: ignore[typeddict-unknown-key]
        answer = self.api().costs(first_day, end_day, tag=self.tag)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            rows = keep(session, question, answer, at=run.run_after, run_id=run.run_id)
        days = (end_day - first_day).days
        self.log.info(
            "%s by %s: %d days before %s, %d rows in %d requests",
            self.source,
            question.query,
            days,
            end_day,
            rows,
            answer.requests,
        )
        return {"query": question.query, "days": days, "rows": rows, "requests": answer.requests}


class OciUsageApiOperator(UsageApiOperator):
    """Ask OCI's Usage API, by service, compartment and resource, and by one tag a call.

    :param account_id: the tenancy's OCID.
    :param tag: ``<namespace>.<key>``, or the key of a free-form tag.
    :param oci_conn_id: the connection, of type ``oci``.
    """

    template_fields: Sequence[str] = (*UsageApiOperator.template_fields, "oci_conn_id")
    provider = "oracle"

    def __init__(self, *, oci_conn_id: str = OciHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.oci_conn_id = oci_conn_id

    @cached_property
    def hook(self) -> OciHook:
        """The connection to OCI."""
        return OciHook(self.oci_conn_id)

    def api(self) -> UsageApi:
        """The tenancy's Usage API."""
        from oci.usage_api import UsageapiClient

        from cloudledger.clouds.oci.usage import OciUsageApi

        return OciUsageApi(self.hook.client(UsageapiClient), self.account_id)


class CostExplorerOperator(UsageApiOperator):
    """Ask AWS Cost Explorer, by service and account, or by service and one tag.

    Each request costs USD 0.01; a task makes one for each page of its answer.

    :param account_id: the payer account, when the ledger holds several; nothing is asked with it.
    :param tag: the key of a cost allocation tag.
    :param aws_conn_id: the connection, of type ``aws``.
    """

    template_fields: Sequence[str] = (*UsageApiOperator.template_fields, "aws_conn_id")
    provider = "aws"

    def __init__(self, *, aws_conn_id: str = "aws_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.aws_conn_id = aws_conn_id

    def api(self) -> UsageApi:
        """Cost Explorer of the connection's account."""
        from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

        from cloudledger.clouds.aws.cost_explorer import CostExplorer

        hook: AwsGenericHook[Any] = AwsGenericHook(aws_conn_id=self.aws_conn_id, client_type="ce")
        return CostExplorer(hook.get_conn())


class UsageCompareOperator(BaseOperator):
    """Hold the reports against what a usage API answered, by day and service.

    Every difference is kept with its parts: late, correction, credit, rounding, unknown. What
    stays unknown above the tolerance is warned of.

    Returns the sums by currency and measure, as text.

    :param source: the ledger's name of the source.
    :param days_back: as of the tasks that asked.
    :param settled_days: how long after its end a day may still grow.
    :param tolerance: unexplained cost of a day and service that is not warned of.
    :param services: further names of services, the API's to the reports'.
    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("source", "warehouse_conn_id")
    ui_color = "#ece4f2"

    def __init__(
        self,
        *,
        source: str,
        days_back: int = 90,
        settled_days: int = 3,
        tolerance: Decimal | str = "0.01",
        services: Mapping[str, str] | None = None,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.days_back = days_back
        self.settled_days = settled_days
        self.tolerance = tolerance
        self.services = services
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> list[dict[str, str]]:
        """Compare, keep, and say it in one line."""
        from cloudledger.ledger.usage_compare import compare, keep
        from cloudledger.ledger.usage_services import Services
        from cloudledger.reporting.usage import sums, told, unexplained

        first_day, end_day = days_asked(context, self.days_back)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            found = compare(
                session,
                self.source,
                first_day,
                end_day,
                services=Services(self.services),
                settled_after=timedelta(days=self.settled_days),
            )
            keep(session, found, first_day, end_day)
        self.log.info(told(found))
        for line in unexplained(found, Decimal(self.tolerance)):
            self.log.warning(line)
        return [total.to_json() for total in sums(found)]
