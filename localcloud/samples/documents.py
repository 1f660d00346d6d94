"""The sample company's documents and this project's own, in the local clouds' object storage."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from localcloud.samples.load import AwsObjects, OciObjects

ROOT = Path(__file__).resolve().parents[2]
COMPANY = ROOT / "localcloud" / "knowledge"
MANUAL = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
NAMESPACE, OCI_BUCKET = "meridian", "documents"
AWS_BUCKET = "meridian-documents"
QUESTIONS = "questions.yaml"
"""What the gate asks; no document."""


def plant_company(oci: OciObjects, at: datetime) -> int:
    """Runbooks, policies, contracts and answers; how many objects."""
    found = [path for path in sorted(COMPANY.rglob("*.*")) if path.name != QUESTIONS]
    for path in found:
        key = f"company/{path.relative_to(COMPANY)}"
        oci.put_object(NAMESPACE, OCI_BUCKET, key, path.read_bytes(), at)
    return len(found)


def plant_manual(aws: AwsObjects, at: datetime) -> int:
    """README and docs; how many objects."""
    for path in MANUAL:
        aws.put_object(AWS_BUCKET, f"cloudledger/{path.relative_to(ROOT)}", path.read_bytes(), at)
    return len(MANUAL)
