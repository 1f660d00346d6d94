"""Multipart uploads: parts that become one object when they are committed."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sqlite3
import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.errors import ApiError, missing
from localcloud.oci.object_routes import ObjectRoutes, conditions, received
from localcloud.oci.objects import Objects
from localcloud.oci.paging import page_of, whole_number
from localcloud.oci.state import State, instant
from oci.object_storage import models

BASE = "/n/{namespace}/b/{bucket}/u"


class UploadRoutes:
    """The operations on ``/n/{namespace}/b/{bucket}/u``."""

    def __init__(self, state: State, objects: Objects, beside: ObjectRoutes) -> None:
        self._state = state
        self._objects = objects
        self._allowed = beside.allowed

    @property
    def routes(self) -> list[Route]:
        one = BASE + "/{name:path}"
        return [
            Route(BASE, self.create_multipart_upload, methods=["POST"]),
            Route(one, self.list_multipart_upload_parts, methods=["GET"]),
            Route(one, self.upload_part, methods=["PUT"]),
            Route(one, self.commit_multipart_upload, methods=["POST"]),
            Route(one, self.abort_multipart_upload, methods=["DELETE"]),
        ]

    def create_multipart_upload(self, request: Request) -> Response:
        namespace, bucket = self._allowed(request)
        self._objects.bucket(namespace, bucket)
        details = body_of(request, models.CreateMultipartUploadDetails)
        id_, now = str(uuid.uuid4()), instant(self._state.clock())
        kind = details.get("contentType", "application/octet-stream")
        with self._state.write() as db:
            db.execute(
                "INSERT INTO upload VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(id_, namespace, bucket, details["object"], kind),
                    *(details.get("contentEncoding"), now),
                ),
            )
        return JSONResponse(
            {
                "namespace": namespace,
                "bucket": bucket,
                "object": details["object"],
                "uploadId": id_,
                "timeCreated": now,
            }
        )

    async def upload_part(self, request: Request) -> Response:
        upload = self._upload(request)
        number = whole_number(
            request.query_params.get("uploadPartNum"), "uploadPartNum", 1, 10_000, 0
        )
        if not number:
            raise missing("uploadPartNum is required")
        blob = await received(request, self._state)
        with blob.open("rb") as file:
            md5 = base64.b64encode(hashlib.file_digest(file, "md5").digest()).decode()
        etag = str(uuid.uuid4())
        with self._state.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO upload_part VALUES (?, ?, ?, ?, ?, ?)",
                (upload["id"], number, blob.stat().st_size, md5, etag, blob.name),
            )
        return Response(headers={"etag": etag, "opc-content-md5": md5})

    def list_multipart_upload_parts(self, request: Request) -> Response:
        parts = self._parts(self._upload(request)["id"])
        page = page_of(
            [
                {"partNumber": n, "etag": p["etag"], "md5": p["md5"], "size": p["size"]}
                for n, p in parts.items()
            ],
            request,
        )
        return JSONResponse(page.items, headers=page.headers)

    def commit_multipart_upload(self, request: Request) -> Response:
        upload = self._upload(request)
        details = body_of(request, models.CommitMultipartUploadDetails)
        parts = self._parts(upload["id"])
        chosen = _chosen(details, parts)
        blob = self._state.new_blob()
        with blob.open("wb") as whole:
            for part in chosen:
                with (self._state.blobs / part["blob"]).open("rb") as file:
                    shutil.copyfileobj(file, whole)
        row = self._objects.put(
            upload["namespace"],
            upload["bucket"],
            upload["object"],
            blob,
            content_type=upload["content_type"],
            content_encoding=upload["content_encoding"],
            conditions=conditions(request),
        )
        self._forget(upload["id"])
        return Response(headers={"etag": row["etag"], "opc-multipart-md5": row["md5"]})

    def abort_multipart_upload(self, request: Request) -> Response:
        self._forget(self._upload(request)["id"])
        return Response(status_code=204)

    def _upload(self, request: Request) -> sqlite3.Row:
        namespace, bucket = self._allowed(request)
        id_ = request.query_params.get("uploadId")
        if not id_:
            raise missing("uploadId is required")
        found = self._state.row(
            "SELECT * FROM upload WHERE id = ? AND namespace = ? AND bucket = ? AND object = ?",
            *(id_, namespace, bucket, request.path_params["name"]),
        )
        if found is None:
            raise ApiError(404, "NoSuchUpload", f"There is no multipart upload '{id_}'")
        return found

    def _parts(self, upload_id: str) -> dict[int, sqlite3.Row]:
        return {
            row["number"]: row
            for row in self._state.rows(
                "SELECT * FROM upload_part WHERE upload_id = ? ORDER BY number", upload_id
            )
        }

    def _forget(self, upload_id: str) -> None:
        for part in self._parts(upload_id).values():
            (self._state.blobs / part["blob"]).unlink(missing_ok=True)
        with self._state.write() as db:
            db.execute("DELETE FROM upload_part WHERE upload_id = ?", (upload_id,))
            db.execute("DELETE FROM upload WHERE id = ?", (upload_id,))


def _chosen(details: dict[str, Any], parts: dict[int, sqlite3.Row]) -> list[sqlite3.Row]:
    chosen = {part["partNum"]: part["etag"] for part in details["partsToCommit"]}
    if not chosen:
        raise ApiError(400, "InvalidUploadPart", "partsToCommit is empty")
    for number, etag in chosen.items():
        if number not in parts or parts[number]["etag"] != etag:
            raise ApiError(400, "InvalidUploadPart", f"Part {number} was not uploaded as {etag}")
    left_out = set(parts) - set(chosen) - set(details.get("partsToExclude", ()))
    if left_out:
        raise ApiError(
            400, "InvalidUploadPart", f"Parts {sorted(left_out)} are neither committed nor excluded"
        )
    return [parts[number] for number in sorted(chosen)]
