"""``python -m localcloud.aws --port 5100``: the local AWS until it is stopped."""

from __future__ import annotations

import argparse
import signal
import threading

from localcloud.aws.server import serve


def main() -> None:
    """Serves until SIGINT or SIGTERM; its content is in memory and goes with it."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.aws", description=__doc__)
    parser.add_argument("--port", type=int, default=5100, help="0 takes a free port")
    arguments = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with serve(port=arguments.port) as cloud:
        print(f"AWS at {cloud.endpoint}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
