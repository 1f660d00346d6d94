"""The local admin endpoint: objects with a delivery time, faults, cost rows.

A bucket's name cannot begin with an underscore, so the path is free.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime

from moto.core.request import Request
from moto.s3.exceptions import S3ClientError
from werkzeug.wrappers import Response

from localcloud.aws import objects
from localcloud.aws.cost_rows import CostRow, Costs
from localcloud.aws.faults import Fault, Faults

ROOT = "/_localcloud/"


def answer(faults: Faults, costs: Costs, request: Request, body: bytes) -> Response:
    """``objects/{bucket}/{key}`` PUT and DELETE, ``faults`` GET, POST and DELETE, ``costs`` PUT."""
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
                costs.replace(CostRow.from_json(row) for row in json.loads(body))
            case _:
                return Response(f"nothing at {request.method} {request.path}\n", 404)
    except (ValueError, TypeError, KeyError, ArithmeticError, S3ClientError) as error:
        wanted = ", ".join(one.name for one in fields(Fault)) if place == "faults" else place
        return Response(f"{type(error).__name__}: {error} (wanted: {wanted})\n", 400)
    return Response(status=204)
