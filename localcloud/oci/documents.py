"""JSON documents with etags and retry tokens: budgets, alert rules, topics."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from localcloud.oci.errors import ApiError, no_etag_match, not_found
from localcloud.oci.state import State, instant

TOKEN_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Document:
    """One version of one document."""

    id: str
    etag: str
    body: dict[str, Any]


class Documents:
    """The documents of one kind, such as ``budget``, which also stands in their OCIDs."""

    def __init__(self, state: State, kind: str) -> None:
        self._state = state
        self._kind = kind

    def create(
        self,
        request: bytes,
        make: Callable[[str], dict[str, Any]],
        *,
        parent: str = "",
        retry_token: str | None = None,
    ) -> Document:
        """A new document, or the one that the same request with the same token made before.

        ``make`` is given the new OCID.

        :raises ApiError: 409 InvalidatedRetryToken when the token came with another request, or
            what it made is gone.
        """
        digest = hashlib.sha256(parent.encode() + b"\0" + request).hexdigest()
        now = self._state.clock()
        with self._state.write() as db:
            db.execute("DELETE FROM retry_token WHERE given_at < ?", (instant(now - TOKEN_LIFE),))
            used = self._state.row(
                "SELECT * FROM retry_token WHERE kind = ? AND token = ?", self._kind, retry_token
            )
            if used is not None:
                return self._made_before(used["request"] == digest, used["document_id"])
            id_ = f"ocid1.{self._kind}.oc1..{uuid.uuid4().hex}"
            document = Document(id_, uuid.uuid4().hex, make(id_))
            db.execute(
                "INSERT INTO document VALUES (?, ?, ?, ?, ?)",
                (self._kind, id_, parent, document.etag, json.dumps(document.body)),
            )
            if retry_token:
                db.execute(
                    "INSERT INTO retry_token VALUES (?, ?, ?, ?, ?)",
                    (self._kind, retry_token, digest, id_, instant(now)),
                )
        return document

    def get(self, id_: str, *, parent: str = "") -> Document:
        """:raises ApiError: 404 NotAuthorizedOrNotFound."""
        row = self._state.row(
            "SELECT * FROM document WHERE kind = ? AND id = ? AND parent = ?",
            *(self._kind, id_, parent),
        )
        if row is None:
            raise not_found(id_)
        return Document(row["id"], row["etag"], json.loads(row["body"]))

    def all(self, *, parent: str = "") -> list[Document]:
        """In the order they were made."""
        return [
            Document(row["id"], row["etag"], json.loads(row["body"]))
            for row in self._state.rows(
                "SELECT * FROM document WHERE kind = ? AND parent = ? ORDER BY rowid",
                *(self._kind, parent),
            )
        ]

    def replace(
        self, id_: str, body: dict[str, Any], *, if_match: str | None, parent: str = ""
    ) -> Document:
        """The next version.

        :raises ApiError: 404, or 412 NoEtagMatch.
        """
        with self._state.write() as db:
            self._require(id_, if_match, parent)
            fresh = Document(id_, uuid.uuid4().hex, body)
            db.execute(
                "UPDATE document SET body = ?, etag = ? WHERE kind = ? AND id = ?",
                (json.dumps(body), fresh.etag, self._kind, id_),
            )
        return fresh

    def delete(self, id_: str, *, if_match: str | None, parent: str = "") -> None:
        """The document, and those whose parent it is.

        :raises ApiError: 404, or 412 NoEtagMatch.
        """
        with self._state.write() as db:
            self._require(id_, if_match, parent)
            db.execute("DELETE FROM document WHERE id = ? OR parent = ?", (id_, id_))

    def _require(self, id_: str, if_match: str | None, parent: str) -> None:
        if if_match not in (None, "*", self.get(id_, parent=parent).etag):
            raise no_etag_match()

    def _made_before(self, same_request: bool, id_: str) -> Document:
        row = self._state.row("SELECT * FROM document WHERE kind = ? AND id = ?", self._kind, id_)
        if row is None or not same_request:
            raise ApiError(
                409,
                "InvalidatedRetryToken",
                "The retry token was used by another request, or what it made has been deleted",
            )
        return Document(row["id"], row["etag"], json.loads(row["body"]))
