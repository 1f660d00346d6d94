"""``python -m localcloud.demo up [--headless] | down``."""

from __future__ import annotations

import argparse
import signal
import sys

import httpx

from localcloud.demo import run
from localcloud.demo.api import Refused
from localcloud.demo.processes import NotStarted


def main(arguments: list[str] | None = None) -> int:
    """Runs the demo, or stops it."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.demo", description=__doc__)
    parser.add_argument("what", choices=["up", "down"])
    parser.add_argument("--headless", action="store_true", help="stop everything at the end")
    options = parser.parse_args(arguments)
    # Ended by a signal, the demo still stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run.down() if options.what == "down" else run.up(headless=options.headless)
    except (NotStarted, Refused, run.AlreadyRunning, httpx.TransportError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
