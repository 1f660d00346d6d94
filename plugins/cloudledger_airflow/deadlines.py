"""What happens when a run is not done in time."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

log = logging.getLogger(__name__)


def done_within(interval: timedelta) -> DeadlineAlert:
    """A run must end within ``interval`` after it was queued; a late one is said to be late."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=interval,
        callback=SyncCallback(run_is_late),
    )


def run_is_late(context: dict[str, Any], **kwargs: Any) -> None:
    """Say so in the log, where alerting finds it; the UI shows the missed deadline, too."""
    run = context["dag_run"]
    log.error("%s %s is late: it has not ended in time", run["dag_id"], run["dag_run_id"])
