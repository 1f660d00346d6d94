"""One whole run over a home, in a process of its own that a test may kill.

A home with a folder ``bucket`` takes the export in that is delivered there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.books import Books
from tests.support.bucket import EXPORT, FolderBucket


def opened(home: Path) -> Books:
    """The books of a home."""
    bucket = home / "bucket"
    if not bucket.exists():
        return Books(home)
    books = Books(home, export=EXPORT)
    books.store = FolderBucket(bucket)
    return books


if __name__ == "__main__":
    print("started", flush=True)
    opened(Path(sys.argv[1])).run()
