"""What the policies of remediation go by: the record, utilisation, budgets and anomalies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudledger.governance.change import Found
    from cloudledger.governance.config import Governance
    from cloudledger.governance.remediation import Seen
    from cloudledger.warehouse.port import Session


def seen_by(
    session: Session,
    governance: Governance,
    found: Mapping[str, Mapping[str, Found]],
    as_of: datetime,
) -> tuple[Seen, list[str]]:
    """What is known at an instant, and what is not.

    :param found: by scope's name its instances.
    """
    from cloudledger.governance.remediation import Seen
    from cloudledger.governance.remediation_store import past_changes

    return Seen(past=past_changes(session, as_of)), []
