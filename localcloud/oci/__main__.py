"""``python -m localcloud.oci --port 12000 --root .local/oci``: the local cloud as a process.

Writes ``config`` (0600) into the root: an OCI CLI configuration file whose DEFAULT profile holds
the user, the key file and, as ``endpoint``, where the cloud answers.
"""

from __future__ import annotations

import argparse
import configparser
import io
import signal
import sys
import threading
from pathlib import Path

from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import write_private
from localcloud.oci.server import serve


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.oci", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--root", type=Path, required=True, help="the folder that keeps the cloud")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with serve(options.root, port=options.port) as cloud:
        config = options.root / "config"
        write_private(config, config_file(cloud))
        print(f"OCI answers at {cloud.endpoint}; its configuration is {config}", flush=True)
        stop.wait()
    return 0


def config_file(cloud: Cloud) -> str:
    """The OCI CLI configuration file for the cloud's user."""
    parser = configparser.ConfigParser(interpolation=None)
    parser["DEFAULT"] = {k: v for k, v in cloud.config.items() if k != "key_content"}
    parser["DEFAULT"]["endpoint"] = cloud.endpoint
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main())
