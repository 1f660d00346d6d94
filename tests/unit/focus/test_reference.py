from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from cloudledger.focus.reference import TABLES, create_references

SUBCATEGORIES = {
    "AI and Machine Learning": (
        "AI Platforms",
        "Bots",
        "Generative AI",
        "Machine Learning",
        "Natural Language Processing",
    ),
    "Analytics": (
        "Analytics Platforms",
        "Business Intelligence",
        "Data Processing",
        "Search",
        "Streaming Analytics",
    ),
    "Business Applications": ("Productivity and Collaboration",),
    "Compute": (
        "Containers",
        "End User Computing",
        "Quantum Compute",
        "Serverless Compute",
        "Virtual Machines",
    ),
    "Databases": (
        "Caching",
        "Data Warehouses",
        "Ledger Databases",
        "NoSQL Databases",
        "Relational Databases",
        "Time Series Databases",
    ),
    "Developer Tools": (
        "Developer Platforms",
        "Continuous Integration and Deployment",
        "Development Environments",
        "Source Code Management",
        "Quality Assurance",
    ),
    "Identity": ("Identity and Access Management",),
    "Integration": ("API Management", "Messaging", "Workflow Orchestration"),
    "Internet of Things": ("IoT Analytics", "IoT Platforms"),
    "Management and Governance": (
        "Architecture",
        "Compliance",
        "Cost Management",
        "Data Governance",
        "Disaster Recovery",
        "Endpoint Management",
        "Observability",
        "Support",
    ),
    "Media": ("Content Creation", "Gaming", "Media Streaming", "Mixed Reality"),
    "Migration": ("Data Migration", "Resource Migration"),
    "Mobile": (),
    "Multicloud": ("Multicloud Integration",),
    "Networking": (
        "Application Networking",
        "Content Delivery",
        "Network Connectivity",
        "Network Infrastructure",
        "Network Routing",
        "Network Security",
    ),
    "Security": (
        "Secret Management",
        "Security Posture Management",
        "Threat Detection and Response",
    ),
    "Storage": (
        "Backup Storage",
        "Block Storage",
        "File Storage",
        "Object Storage",
        "Storage Platforms",
    ),
    "Web": ("Application Platforms",),
    "Other": (),
}
"""FOCUS 1.2: each category's subcategories, besides ``Other (<category>)``."""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        create_references(connection)
        yield connection


@pytest.mark.parametrize(
    ("table", "key"), [("service_reference", "service_key"), ("region_reference", "region_key")]
)
def test_a_key_is_there_once_in_lower_case(
    con: duckdb.DuckDBPyConnection, table: str, key: str
) -> None:
    columns = TABLES[table][1]
    rows, keys = con.execute(
        f"SELECT count(*), count(DISTINCT (provider_name, {key})) FROM {table}"
    ).fetchall()[0]
    assert rows == keys > 200
    unfit = " OR ".join(f"{name} IS NULL OR {name} <> trim({name})" for name in columns)
    assert con.execute(f"FROM {table} WHERE {key} <> lower({key}) OR {unfit}").fetchall() == []


def test_services_are_of_the_categories_that_focus_allows(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "SELECT DISTINCT service_category, service_subcategory FROM service_reference"
    ).fetchall()
    allowed = {
        (category, name)
        for category, names in SUBCATEGORIES.items()
        for name in (*names, f"Other ({category})")
    }
    assert set(found) <= allowed


def test_a_services_names_are_of_one_category(con: duckdb.DuckDBPyConnection) -> None:
    assert (
        con.execute(
            "SELECT provider_name, service_name FROM service_reference GROUP BY ALL "
            "HAVING count(DISTINCT (service_category, service_subcategory)) > 1"
        ).fetchall()
        == []
    )


def test_a_region_has_one_name(con: duckdb.DuckDBPyConnection) -> None:
    assert (
        con.execute(
            "SELECT provider_name, region_id FROM region_reference GROUP BY ALL "
            "HAVING count(DISTINCT region_name) > 1 OR max(CAST(region_key = region_id AS INT)) = 0"
        ).fetchall()
        == []
    )


def test_the_tables_are_read_once_in_a_connections_life() -> None:
    with duckdb.connect() as con:
        create_references(con)
        con.execute("DELETE FROM region_reference").fetchall()
        create_references(con)
        assert con.execute("SELECT count(*) FROM region_reference").fetchall() == [(0,)]
