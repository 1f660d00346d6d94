"""What this package tells Airflow's providers manager: connection types and where things are.

Static on purpose: Airflow draws the connection forms from it without importing a hook.
"""

from __future__ import annotations

from typing import Any

PACKAGE = "cloudledger_airflow"
OCI = "Oracle Cloud Infrastructure"
LEDGER = "Cloudledger"
TEXT = {"type": ["string", "null"]}
SECRET = {"type": ["string", "null"], "format": "password"}


def get_provider_info() -> dict[str, Any]:
    """The provider, as Airflow's ``provider_info.schema.json`` wants it."""
    return {
        "package-name": "cloudledger",
        "name": LEDGER,
        "description": "A ledger of cloud cost: takes in OCI, AWS and FOCUS cost reports.",
        "integrations": [
            {
                "integration-name": OCI,
                "external-doc-url": "https://docs.oracle.com/iaas/Content/home.htm",
                "tags": ["service"],
            },
            {
                "integration-name": LEDGER,
                "external-doc-url": "https://focus.finops.org/focus-specification/",
                "tags": ["software"],
            },
        ],
        "connection-types": [_oci_connection(), _duckdb_connection()],
        "hooks": [_modules(OCI, "hooks.oci"), _modules(LEDGER, "hooks.warehouse")],
        "operators": [
            _modules(OCI, "operators.budgets", "operators.oci", "operators.usage"),
            _modules(
                LEDGER,
                "operators.aws",
                "operators.chargeback",
                "operators.approval",
                "operators.changes",
                "operators.conformance",
                "operators.documents",
                "operators.efficiency",
                "operators.governance",
                "operators.insights",
                "operators.ledger",
                "operators.notify",
                "operators.quality",
                "operators.release",
                "operators.remediation",
                "operators.runbooks",
                "operators.tags",
                "operators.verdict",
            ),
        ],
        "notifications": [f"{PACKAGE}.notifications.channel.ChannelNotifier"],
        "sensors": [_modules(OCI, "sensors.object_storage")],
        "triggers": [_modules(OCI, "triggers.object_storage")],
        "extra-links": [f"{PACKAGE}.operators.oci.OciBucketLink"],
    }


def _modules(integration: str, *names: str) -> dict[str, Any]:
    return {
        "integration-name": integration,
        "python-modules": [f"{PACKAGE}.{name}" for name in names],
    }


def _oci_connection() -> dict[str, Any]:
    return {
        "connection-type": "oci",
        "hook-class-name": f"{PACKAGE}.hooks.oci.OciHook",
        "hook-name": OCI,
        "ui-field-behaviour": {
            "hidden-fields": ["host", "port", "schema"],
            "relabeling": {"login": "User OCID", "password": "Key pass phrase"},
            "placeholders": {"login": "ocid1.user.oc1..example"},
        },
        "conn-fields": {
            "auth": {
                "label": "Authentication",
                "description": "Exactly this kind is used; none stands in for another",
                "schema": {
                    "type": "string",
                    "enum": [
                        "api_key",
                        "instance_principal",
                        "resource_principal",
                        "security_token",
                    ],
                    "default": "api_key",
                },
            },
            "tenancy": {"label": "Tenancy OCID", "schema": TEXT},
            "region": {"label": "Region", "schema": TEXT},
            "fingerprint": {"label": "Key fingerprint", "schema": TEXT},
            "key_content": {
                "label": "Private key (PEM)",
                "description": "The key itself, or give its file",
                "schema": SECRET,
            },
            "key_file": {"label": "Private key file", "schema": TEXT},
            "security_token_file": {
                "label": "Security token file",
                "description": "For security_token only",
                "schema": TEXT,
            },
            "service_endpoint": {
                "label": "Endpoint for every service",
                "description": "Leave empty for Oracle's own",
                "schema": TEXT,
            },
        },
    }


def _duckdb_connection() -> dict[str, Any]:
    return {
        "connection-type": "duckdb",
        "hook-class-name": f"{PACKAGE}.hooks.warehouse.WarehouseHook",
        "hook-name": "DuckDB (Cloudledger warehouse)",
        "ui-field-behaviour": {
            "hidden-fields": ["port", "schema", "login", "password"],
            "relabeling": {"host": "Database file"},
            "placeholders": {"host": "empty: warehouse.duckdb in the ledger's home"},
        },
        "conn-fields": {
            "wait_seconds": {
                "label": "Seconds to wait for another writer",
                "schema": {"type": ["integer", "null"], "default": 60},
            },
        },
    }
