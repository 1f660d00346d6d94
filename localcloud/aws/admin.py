"""The local admin endpoint: objects with a delivery time, faults, cost rows, limits, calls.

A bucket's name cannot begin with an underscore, so the path is free.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import Protocol

from moto.core.request import Request
from moto.s3.exceptions import S3ClientError
from werkzeug.wrappers import Response

from localcloud.aws import objects
from localcloud.aws.budget_operations import Limits
from localcloud.aws.cost_rows import CostRow, Costs
from localcloud.aws.faults import Fault, Faults
from localcloud.aws.record import Record

ROOT = "/_localcloud/"


class Steered(Protocol):
    """What the endpoint looks at and sets."""

    faults: Faults
    costs: Costs
    limits: Limits
    record: Record


def answer(steered: Steered, request: Request, body: bytes) -> Response:
    """``objects/{bucket}/{key}`` PUT and DELETE, ``faults`` GET, POST and DELETE, ``costs`` PUT.

    ``limits`` PUT (``{"budgets": 2}``), ``calls/{service}`` GET.
    """
    faults = steered.faults
    place, _, rest = request.path.removeprefix(ROOT).partition("/")
    try:
        match (request.method, place):
            case ("PUT", "objects"):
                bucket, _, key = rest.partition("/")
                delivered_at = datetime.fromisoformat(request.args["delivered_at"])
                objects.plant(bucket, key, body, delivered_at)
            case ("DELETE", "objects"):
                bucket, _, key = rest.partition("/")
                objects.remove(bucket, key)
            case ("GET", "faults"):
                return Response(json.dumps(faults.waiting()), content_type="application/json")
            case ("POST", "faults"):
                asked = json.loads(body)
                times = asked.pop("times", 1)
                faults.add(Fault(**asked), times)
            case ("DELETE", "faults"):
                faults.clear()
            case ("PUT", "costs"):
                steered.costs.replace(CostRow.from_json(row) for row in json.loads(body))
            case ("PUT", "limits"):
                steered.limits.budgets = int(json.loads(body)["budgets"])
            case ("GET", "calls"):
                asked = steered.record.of(rest)
                return Response(json.dumps(asked), content_type="application/json")
            case _:
                return Response(f"nothing at {request.method} {request.path}\n", 404)
    except (ValueError, TypeError, KeyError, ArithmeticError, S3ClientError) as error:
        wanted = ", ".join(one.name for one in fields(Fault)) if place == "faults" else place
        return Response(f"{type(error).__name__}: {error} (wanted: {wanted})\n", 400)
    return Response(status=204)
