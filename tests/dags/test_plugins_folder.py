import json
import os
import subprocess
import sys

SCAN = """
import importlib, json, sys
from airflow import plugins_manager

HEAVY = ("torch", "great_expectations", "sklearn", "oci")
REAL = ("oci", "json", "types", "email")

plugins, errors = plugins_manager._get_plugins()
plugins_manager.get_fastapi_plugins()
loaded = {name: str(getattr(module, "__file__", "")) for name, module in list(sys.modules.items())}
heavy = [name for name in HEAVY if name in sys.modules]
plugins_manager.get_fastapi_plugins()[0][0]["app"].app
ours = {}
for name, path in loaded.items():
    if "/plugins/cloudledger_airflow/" in path:
        ours.setdefault(path, []).append(name)
print(json.dumps({
    "plugins": [plugin.name for plugin in plugins],
    "errors": errors,
    "heavy": heavy,
    "heavy_when_serving": [name for name in HEAVY if name in sys.modules],
    "ours": ours,
    "real": {name: importlib.import_module(name).__file__ for name in REAL},
}))
"""


def test_airflow_loads_the_plugin_once_and_hides_no_module(root):
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCAN],
        env=os.environ | {"AIRFLOW__CORE__PLUGINS_FOLDER": str(root / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["plugins"].count("cloudledger") == 1
    assert found["errors"] == {}
    assert found["heavy"] == found["heavy_when_serving"] == []
    assert found["ours"], "the plugin's package was not imported"
    for path, names in found["ours"].items():
        assert len(names) == 1, f"{path} was loaded as {names}"
        assert names[0].startswith("cloudledger_airflow")
    for name, path in found["real"].items():
        assert "/plugins/" not in path, f"{name} is hidden by {path}"
