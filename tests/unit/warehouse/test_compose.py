"""docker-compose.yaml as far as it can be read without Docker: complete, pinned, no secrets."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from cloudledger.project import PROJECT

FILE = PROJECT / "docker-compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
SECRET = re.compile(r"PASSWORD$|SECRET|_KEY$|_CONN")


TARGETS = {"./docker/oracle": "/container-entrypoint-initdb.d"}
"""Where the image of Oracle looks for what it runs on its first start."""


def test_every_airflow_component_is_there_and_says_when_it_is_well():
    assert set(SERVICES) == {"oracle", "postgres", "init", *AIRFLOW}
    for name in AIRFLOW:
        assert SERVICES[name]["command"] == name
    for name in set(SERVICES) - {"init"}:
        assert SERVICES[name]["healthcheck"]["test"], name


def test_what_is_waited_for_can_be_waited_for():
    for name, service in SERVICES.items():
        for needed, how in service["depends_on"].items() if "depends_on" in service else ():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], f"{name} waits for {needed}"
            else:
                assert (needed, how["condition"]) == ("init", "service_completed_successfully")


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_outside(name: str):
    for key, value in SERVICES[name]["environment"].items():
        if SECRET.search(key):
            assert re.search(r"\$\{\w+:\?see \.env\.example\}", str(value)), key


def test_every_secret_is_named_in_the_example_and_left_empty():
    asked = set(re.findall(r"\$\{(\w+):\?", FILE.read_text(encoding="utf-8")))
    lines = (PROJECT / ".env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    assert asked <= given.keys()
    assert set(given.values()) == {""}
    assert ".env" in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_images_are_pinned_and_ports_stay_on_this_host():
    for service in SERVICES.values():
        assert re.search(r":[\d.]+$", service["image"])
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")


def test_what_is_mounted_exists_and_volumes_are_declared():
    rooms = set()
    for service in SERVICES.values():
        for mount in service.get("volumes", ()):
            source, target = mount.split(":")[:2]
            if source.startswith("./"):
                assert (PROJECT / source).is_dir(), source
                assert target == TARGETS.get(source, f"/opt/cloudledger/{source[2:]}")
                assert mount.endswith(":ro")
                rooms.add(source[2:])
            else:
                assert source in COMPOSE["volumes"], source
    assert rooms == {"dags", "plugins", "include", "sql", "config", "docker/oracle"}


def test_the_database_grants_what_the_manual_asks_for():
    granted = (PROJECT / "docker" / "oracle" / "grants.sql").read_text(encoding="utf-8")
    asked = (PROJECT / "docs" / "oracle.md").read_text(encoding="utf-8")
    for right in ("CREATE DOMAIN", "CREATE ASSERTION"):
        assert right in granted
        assert right in asked
    assert f"TO {SERVICES['oracle']['environment']['APP_USER']};" in granted


def test_airflow_versions_agree():
    pinned = re.search(
        r"^apache-airflow==([\d.]+)", (PROJECT / "requirements.txt").read_text("utf-8"), re.M
    )
    assert pinned
    base = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"FROM apache/airflow:slim-{pinned[1]}-python3.11\n" in base
    assert SERVICES["scheduler"]["image"].endswith(f":{pinned[1]}")
