"""Where the demo keeps what it makes: everything under ``.local/demo``."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config" / "demo.yaml"
HOME = ROOT / ".local" / "demo"
SAMPLES = HOME / "samples"
OCI_ROOT = HOME / "oci"
AIRFLOW_HOME = HOME / "airflow"
PASSWORDS = AIRFLOW_HOME / "passwords.json"
PROCESSES = HOME / "processes"
LOCK = HOME / "lock"


def shown(path: Path) -> str:
    """The path as a person in the project's folder would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
