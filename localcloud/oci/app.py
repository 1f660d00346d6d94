"""The services of the local cloud as one ASGI application."""

from __future__ import annotations

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.oci.admin import AdminRoutes
from localcloud.oci.autoscaling import AutoscalingRoutes
from localcloud.oci.budgets import BudgetRoutes
from localcloud.oci.cloud import NAMESPACE, Cloud
from localcloud.oci.compartments import CompartmentRoutes
from localcloud.oci.compute import ComputeRoutes
from localcloud.oci.errors import ApiError
from localcloud.oci.gate import Gate
from localcloud.oci.identity import TENANCY
from localcloud.oci.metric_routes import MetricRoutes
from localcloud.oci.notifications import NotificationRoutes
from localcloud.oci.object_routes import ObjectRoutes
from localcloud.oci.quotas import QuotaRoutes
from localcloud.oci.uploads import UploadRoutes
from localcloud.oci.usage_routes import UsageRoutes


def application(cloud: Cloud) -> ASGIApp:
    """Every route, behind the gate."""
    router = Router(routes(cloud), redirect_slashes=False, default=_no_such_operation)
    return Gate(router, cloud.keys, cloud.faults, cloud.calls, cloud.state.clock)


def routes(cloud: Cloud) -> list[Route]:
    """The routes of every service."""
    state = cloud.state
    objects = ObjectRoutes(state, cloud.objects, cloud.policy, NAMESPACE)
    return [
        *objects.routes,
        *UploadRoutes(state, cloud.objects, objects).routes,
        *UsageRoutes(cloud.usage, TENANCY).routes,
        *BudgetRoutes(state, TENANCY, cloud.limits).routes,
        *CompartmentRoutes(cloud.compartments).routes,
        *QuotaRoutes(state, cloud.compartments, cloud.limits).routes,
        *ComputeRoutes(cloud.instances).routes,
        *AutoscalingRoutes(cloud.scaling).routes,
        *MetricRoutes(state, cloud.metrics).routes,
        *NotificationRoutes(cloud.notifications).routes,
        *AdminRoutes(cloud.faults, cloud.calls).routes,
    ]


async def _no_such_operation(scope: Scope, receive: Receive, send: Send) -> None:
    raise ApiError(404, "NotFound", f"The local cloud has no {scope['method']} {scope['path']}")
