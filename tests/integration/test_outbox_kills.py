"""A process that is killed while it sends: what it had in hand is sent once more, the rest once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from cloudledger.alerting.deliver import deliver
from cloudledger.alerting.enqueue import enqueue
from cloudledger.alerting.webhook import Webhook
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support import alerts
from tests.support.alerts import AT, alert
from tests.support.empty_warehouse import migrated
from tests.support.web_server import web_server

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 5
SEND = """
import sys
from pathlib import Path
from cloudledger.alerting.deliver import deliver
from cloudledger.alerting.webhook import Webhook
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support import alerts

with open_duckdb(Path(sys.argv[1])) as warehouse:
    settings = alerts.settings({"name": "ops"}).notifications
    deliver(warehouse, settings, lambda _: Webhook(sys.argv[2], "s"), lambda: alerts.AT)
"""


@pytest.mark.parametrize("in_hand", [0, 2, MESSAGES - 1])
def test_what_it_had_in_hand_is_sent_once_more(tmp_path: Path, in_hand: int) -> None:
    governance = alerts.settings({"name": "ops"})
    path = tmp_path / "warehouse.duckdb"
    with migrated(path) as warehouse:
        for number in range(MESSAGES):
            one = alert(str(number), dimensions={"service": str(number)})
            with warehouse.transaction() as session:
                enqueue(session, [one], governance, AT)
    with web_server() as server:
        server.answers = [*[200] * in_hand, "hang"]
        process = subprocess.Popen(
            [sys.executable, "-c", SEND, str(path), server.url],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT}/include:{ROOT}"},
        )
        while len(server.posted) <= in_hand and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        with open_duckdb(path) as warehouse:
            for minutes in (0, 1):
                deliver(
                    warehouse,
                    governance.notifications,
                    lambda _: Webhook(server.url, "s"),
                    lambda m=minutes: AT + timedelta(minutes=m),
                )
    sent = Counter(one.headers["X-Cloudledger-Notification"] for one in server.posted)
    assert sorted(sent.values()) == [1] * (MESSAGES - 1) + [2]
