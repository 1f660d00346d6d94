"""The local cloud over HTTP, in a thread of the caller's process."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uvicorn

from localcloud.oci.app import application
from localcloud.oci.cloud import Cloud
from localcloud.oci.state import utc_now

HOST = "127.0.0.1"


@contextmanager
def serve(root: Path, *, port: int = 0, clock: Callable[[], datetime] = utc_now) -> Iterator[Cloud]:
    """The cloud kept in ``root``, answering on 127.0.0.1 while the context lasts.

    ``port`` 0 takes a free one; ``clock`` stamps what is written and judges the requests' dates.
    """
    cloud = Cloud(root, clock)
    listener = socket.create_server((HOST, port))
    cloud.endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(
            application(cloud), log_level="error", access_log=False, lifespan="off", ws="none"
        )
    )
    logging.getLogger("uvicorn.error").addFilter(_not_a_cut)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="localcloud-oci", daemon=True
    )
    thread.start()
    try:
        yield cloud
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
        listener.close()
        cloud.close()


def _not_a_cut(record: logging.LogRecord) -> bool:
    """A connection cut on demand is not worth an error in the log."""
    return "returned without completing response" not in record.getMessage()
