"""Serves the local AWS on 127.0.0.1."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

from localcloud.aws.cloud import Cloud
from localcloud.aws.front import Front

_HOST = "127.0.0.1"
_one_at_a_time = threading.Lock()


class _QuietHandler(MotoRequestHandler):
    """Logs requests at DEBUG instead of printing each."""

    def log(self, type: str, message: str, *args: object) -> None:
        level = logging.DEBUG if type == "info" else logging.ERROR
        logging.getLogger(__name__).log(level, message, *args)


@contextmanager
def serve(*, port: int = 0) -> Iterator[Cloud]:
    """An empty AWS for as long as the context lasts; port 0 takes a free one.

    :raises RuntimeError: this process serves one already (moto keeps its state per process)
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise RuntimeError("this process serves a local AWS already: leave its context first")
    try:
        moto_api_backend.reset()
        server = make_server(_HOST, port, Front(), threaded=True, request_handler=_QuietHandler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Cloud(f"http://{_HOST}:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
    finally:
        _one_at_a_time.release()
