"""Object Storage over HTTP: the namespace, buckets, objects.

Source: https://docs.oracle.com/iaas/api/#/en/objectstorage/20160918/
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from contextlib import ExitStack
from email.utils import format_datetime
from pathlib import Path
from typing import Any, BinaryIO

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from localcloud.oci.errors import ApiError, invalid, missing, no_etag_match
from localcloud.oci.objects import Conditions, Objects
from localcloud.oci.paging import page_of, whole_number
from localcloud.oci.policy import Policy
from localcloud.oci.ranges import byte_range, slice_of
from localcloud.oci.state import State, parse_instant

FIELDS = {
    "name": "name",
    "size": "size",
    "etag": "etag",
    "md5": "md5",
    "timeCreated": "time_created",
    "timeModified": "time_modified",
}
CONSTANT_FIELDS = {"storageTier": "Standard", "archivalState": None}


class ObjectRoutes:
    """The operations on ``/n``."""

    def __init__(self, state: State, objects: Objects, policy: Policy, namespace: str) -> None:
        self._state = state
        self._objects = objects
        self._policy = policy
        self._namespace = namespace

    @property
    def routes(self) -> list[Route]:
        one = "/n/{namespace}/b/{bucket}/o/{name:path}"
        return [
            Route("/n", self.get_namespace, methods=["GET"]),
            Route("/n/{namespace}/b", self.list_buckets, methods=["GET"]),
            Route("/n/{namespace}/b/{bucket}", self.get_bucket, methods=["GET"]),
            Route("/n/{namespace}/b/{bucket}/o", self.list_objects, methods=["GET"]),
            Route(one, self.head_object, methods=["HEAD"]),
            Route(one, self.get_object, methods=["GET"]),
            Route(one, self.put_object, methods=["PUT"]),
            Route(one, self.delete_object, methods=["DELETE"]),
        ]

    def get_namespace(self, request: Request) -> Response:
        return JSONResponse(self._namespace)

    def list_buckets(self, request: Request) -> Response:
        compartment = request.query_params.get("compartmentId")
        if not compartment:
            raise missing("compartmentId is required")
        rows = self._objects.buckets(request.path_params["namespace"], compartment)
        page = page_of([_bucket(row) for row in rows], request)
        return JSONResponse(page.items, headers=page.headers)

    def get_bucket(self, request: Request) -> Response:
        namespace, bucket = self.allowed(request)
        row = self._objects.bucket(namespace, bucket)
        body = _bucket(row) | {"metadata": {}, "storageTier": "Standard"}
        return JSONResponse(body, headers={"etag": row["etag"]})

    def list_objects(self, request: Request) -> Response:
        namespace, bucket = self.allowed(request)
        query = request.query_params
        fields = [f.strip() for f in query.get("fields", "name").split(",")]
        for field in fields:
            if field not in FIELDS and field not in CONSTANT_FIELDS:
                raise invalid(f"fields: '{field}' is not a field of an object")
        if query.get("delimiter") not in (None, "/"):
            raise invalid("delimiter: only '/' is supported")
        listing = self._objects.list(
            namespace,
            bucket,
            prefix=query.get("prefix", ""),
            start=query.get("start", ""),
            start_after=query.get("startAfter", ""),
            end=query.get("end"),
            delimiter=query.get("delimiter"),
            limit=whole_number(query.get("limit"), "limit", 1, 1000, 1000),
        )
        body: dict[str, Any] = {"objects": [_summary(row, fields) for row in listing.objects]}
        if query.get("delimiter"):
            body["prefixes"] = listing.prefixes
        if listing.next_start_with is not None:
            body["nextStartWith"] = listing.next_start_with
        return JSONResponse(body)

    def head_object(self, request: Request) -> Response:
        namespace, bucket = self.allowed(request)
        row = self._objects.get(namespace, bucket, request.path_params["name"])
        headers = _version_headers(row)
        if _is_known(row, request):
            return Response(status_code=304, headers=headers)
        return Response(headers=headers | {"content-length": str(row["size"])})

    def get_object(self, request: Request) -> Response:
        namespace, bucket = self.allowed(request)
        row, file = self._open(namespace, bucket, request.path_params["name"])
        headers = _version_headers(row)
        with ExitStack() as opened:
            opened.enter_context(file)
            if _is_known(row, request):
                return Response(status_code=304, headers=headers)
            first, last, status = 0, row["size"] - 1, 200
            if "range" in request.headers:
                first, last = byte_range(request.headers["range"], row["size"])
                headers["content-range"] = f"bytes {first}-{last}/{row['size']}"
                status = 206
            headers["content-length"] = str(last - first + 1)
            opened.pop_all()
            return StreamingResponse(slice_of(file, first, last), status, headers)

    async def put_object(self, request: Request) -> Response:
        namespace, bucket = self.allowed(request)
        self._objects.bucket(namespace, bucket)
        blob = await received(request, self._state)
        row = self._objects.put(
            namespace,
            bucket,
            request.path_params["name"],
            blob,
            content_type=request.headers.get("content-type", "application/octet-stream"),
            content_encoding=request.headers.get("content-encoding"),
            conditions=conditions(request),
        )
        headers = _version_headers(row)
        return Response(
            headers={
                "etag": row["etag"],
                "last-modified": headers["last-modified"],
                "opc-content-md5": row["md5"],
            }
        )

    def delete_object(self, request: Request) -> Response:
        namespace, bucket = self.allowed(request)
        self._objects.delete(namespace, bucket, request.path_params["name"], conditions(request))
        return Response(status_code=204)

    def allowed(self, request: Request) -> tuple[str, str]:
        """The request's namespace and bucket.

        :raises ApiError: when the key's holder is denied the bucket.
        """
        namespace, bucket = request.path_params["namespace"], request.path_params["bucket"]
        self._policy.check(request.scope["key_id"], namespace, bucket)
        return namespace, bucket

    def _open(self, namespace: str, bucket: str, name: str) -> tuple[sqlite3.Row, BinaryIO]:
        while True:
            row = self._objects.get(namespace, bucket, name)
            try:
                return row, (self._state.blobs / row["blob"]).open("rb")
            except FileNotFoundError:
                if self._objects.get(namespace, bucket, name)["blob"] == row["blob"]:
                    raise  # not overwritten meanwhile: the folder is damaged


async def received(request: Request, state: State) -> Path:
    """The body, streamed to a new blob.

    :raises ApiError: 400 when it is not what content-md5 says.
    """
    blob = state.new_blob()
    digest = hashlib.md5(usedforsecurity=False)
    with blob.open("wb") as file:
        async for chunk in request.stream():
            digest.update(chunk)
            file.write(chunk)
    expected = request.headers.get("content-md5")
    if expected and expected != base64.b64encode(digest.digest()).decode():
        blob.unlink()
        raise ApiError(
            400, "UnmatchedContentMD5", "The computed MD5 does not match the Content-MD5 header"
        )
    return blob


def conditions(request: Request) -> Conditions:
    """The if-match and if-none-match headers."""
    return Conditions(request.headers.get("if-match"), request.headers.get("if-none-match"))


def _bucket(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "namespace": row["namespace"],
        "name": row["name"],
        "compartmentId": row["compartment_id"],
        "createdBy": row["compartment_id"],
        "timeCreated": row["time_created"],
        "etag": row["etag"],
    }


def _summary(row: sqlite3.Row, fields: list[str]) -> dict[str, Any]:
    wanted = ["name", *fields]
    return {f: row[FIELDS[f]] for f in wanted if f in FIELDS} | {
        f: CONSTANT_FIELDS[f] for f in wanted if f in CONSTANT_FIELDS
    }


def _is_known(row: sqlite3.Row, request: Request) -> bool:
    """Whether the caller has this version already.

    :raises ApiError: 412 when the caller wants another one.
    """
    if request.headers.get("if-match") not in (None, "*", row["etag"]):
        raise no_etag_match("IfMatchFailed")
    return request.headers.get("if-none-match") in ("*", row["etag"])


def _version_headers(row: sqlite3.Row) -> dict[str, str]:
    headers = {
        "accept-ranges": "bytes",
        "etag": row["etag"],
        "content-md5": row["md5"],
        "content-type": row["content_type"],
        "last-modified": format_datetime(parse_instant(row["time_modified"]), usegmt=True),
    }
    if row["content_encoding"]:
        headers["content-encoding"] = row["content_encoding"]
    return headers
