"""Who may not read which bucket."""

from __future__ import annotations

from localcloud.oci.errors import ApiError
from localcloud.oci.objects import bucket_not_found
from localcloud.oci.state import State


class Policy:
    """Denials; whatever is not denied is allowed."""

    def __init__(self, state: State) -> None:
        self._state = state

    def deny(self, key_id: str, namespace: str, bucket: str, status: int = 404) -> None:
        """The key's holder is refused: 404 as for a missing bucket (OCI's way), 403, or 401."""
        if status not in (401, 403, 404):
            raise ValueError(f"a denial is 401, 403 or 404, not {status}")
        with self._state.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO denial VALUES (?, ?, ?, ?)",
                (key_id, namespace, bucket, status),
            )

    def allow(self, key_id: str, namespace: str, bucket: str) -> None:
        """The denial is lifted."""
        with self._state.write() as db:
            db.execute(
                "DELETE FROM denial WHERE key_id = ? AND namespace = ? AND bucket = ?",
                (key_id, namespace, bucket),
            )

    def check(self, key_id: str, namespace: str, bucket: str) -> None:
        """:raises ApiError: when the key's holder is denied."""
        row = self._state.row(
            "SELECT status FROM denial WHERE key_id = ? AND namespace = ? AND bucket = ?",
            *(key_id, namespace, bucket),
        )
        if row is None:
            return
        if row["status"] == 404:
            raise bucket_not_found(namespace, bucket)
        code = "NotAuthorized" if row["status"] == 403 else "NotAuthenticated"
        raise ApiError(row["status"], code, f"The user may not read the bucket '{bucket}'")
