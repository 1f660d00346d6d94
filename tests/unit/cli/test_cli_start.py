from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "duckdb",
    "pyarrow",
    "deltalake",
    "pydantic",
    "boto3",
    "oci",
    "airflow",
    "pandas",
    "numpy",
    "torch",
)


@pytest.mark.parametrize("command", [(), ("search",), ("knowledge",), ("knowledge", "estimate")])
def test_help_loads_nothing_heavy(command: tuple[str, ...]) -> None:
    # Typer itself loads pydantic to read a command's options.
    heavy = [name for name in HEAVY if not (command and name == "pydantic")]
    code = (
        "import sys; from typer.testing import CliRunner; from cloudledger.cli import app; "
        f"assert CliRunner().invoke(app, {[*command, '--help']!r}).exit_code == 0; "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command",
    [
        "take-in",
        "cost",
        "ledger",
        "reconcile",
        "summary",
        "completeness",
        "doctor",
        "search",
        *(
            f"knowledge {name}"
            for name in ("releases", "set-aside", "quality", "estimate", "roll-back", "feedback")
        ),
    ],
)
def test_every_command_explains_itself_and_takes_json(command: str) -> None:
    from typer.testing import CliRunner

    from cloudledger.cli import app

    done = CliRunner().invoke(
        app, [*command.split(), "--help"], env={"COLUMNS": "200", "TERM": "dumb"}
    )
    assert done.exit_code == 0
    assert "--json" in done.stdout
    assert "--home" in done.stdout
