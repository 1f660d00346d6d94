"""One whole run over a home, in a process of its own that a test may kill."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.books import Books

if __name__ == "__main__":
    print("started", flush=True)
    Books(Path(sys.argv[1])).run()
