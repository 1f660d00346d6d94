"""One whole chargeback over a home, in a process of its own that a test may kill."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from cloudledger.governance.config import governance
from tests.support.books import Books
from tests.support.chargeback_books import charge

if __name__ == "__main__":
    home = Path(sys.argv[1])
    books, rules = Books(home), governance(home / "governance.yaml").chargeback
    print("started", flush=True)
    charge(books, rules, date.fromisoformat(sys.argv[2]), close=True)
