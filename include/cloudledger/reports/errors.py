"""What is said when a whole report cannot be read."""

from __future__ import annotations


class UnreadableReport(Exception):
    """No line of a report can be trusted: where it lies, what is wrong, and what to do.

    ``args`` is ``(where, what, mend)``; a caller that knows the object's URI says it with
    :meth:`at`.
    """

    def __init__(self, where: str, what: str, mend: str) -> None:
        super().__init__(where, what, mend)
        self.where = where
        self.what = what
        self.mend = mend

    def at(self, where: str) -> UnreadableReport:
        """The same error, naming another place."""
        return UnreadableReport(where, self.what, self.mend)

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.mend}"


class LostLine(Exception):
    """The reader dropped or doubled a record: a defect of this program, never of the report."""
