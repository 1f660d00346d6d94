"""The texts that a release lacks vectors of, in a file: embedding them holds no warehouse."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.fill import missing_texts
from cloudledger.warehouse.port import Session


class Texts:
    """Hashes and texts, read from a file as often as they are asked for; gone with the block."""

    def __init__(self, path: Path, count: int) -> None:
        self.count = count
        self._path = path

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Each hash once, with its text."""
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                text_hash, text = json.loads(line)
                yield text_hash, text

    def __enter__(self) -> Texts:
        """For ``with spooled(...) as texts``."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the file away."""
        self._path.unlink(missing_ok=True)


def spooled(session: Session, release: Release) -> Texts:
    """What must be embedded for a release that was begun."""
    count = 0
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="cloudledger-", suffix=".jsonl", delete=False
    ) as file:
        for text_hash, text in missing_texts(session, release):
            file.write(json.dumps((text_hash, text)))
            file.write("\n")
            count += 1
    return Texts(Path(file.name), count)
