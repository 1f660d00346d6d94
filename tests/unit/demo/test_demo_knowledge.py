"""What the demo finds wrong with the runbooks beside the anomalies, and its documents."""

from __future__ import annotations

from typing import Any

import yaml

from localcloud.demo.knowledge import RUNBOOKS, without_runbook
from localcloud.samples import documents
from tests.unit.demo.test_demo_insights import PLANTED, event


def beside(*names: str, kind: str = "spike", **changes: Any) -> list[dict[str, Any]]:
    runbooks = [{"uri": f"oci://meridian/documents/company/runbooks/{name}"} for name in names]
    return [event(**changes) | {"kind": kind, "runbooks": runbooks}]


def test_the_first_runbook_must_be_one_for_its_kind():
    assert not without_runbook(PLANTED, beside("nat-gateway-processing.md", "cost-drops.md"))
    told = without_runbook(PLANTED, beside("cost-drops.md", "nat-gateway-processing.md"))
    assert told == "loop stands beside ['cost-drops.md', 'nat-gateway-processing.md']"
    assert without_runbook(PLANTED, beside()) == "loop stands beside no runbook"
    assert without_runbook(PLANTED, beside(resource="other")) == "loop has no event"


def test_every_runbook_that_is_looked_for_is_planted():
    put: dict[str, bytes] = {}

    class Cloud:
        def put_object(self, namespace, bucket, key, data, delivered_at):
            put[key] = data

    count = documents.plant_company(Cloud(), None)
    assert count == len(put) >= 15
    names = {key.rpartition("/")[2] for key in put if key.startswith("company/runbooks/")}
    assert {name for of_kind in RUNBOOKS.values() for name in of_kind} <= names
    assert "company/questions.yaml" not in put


def test_the_questions_name_documents_that_are_there():
    file = documents.COMPANY / documents.QUESTIONS
    asked = yaml.safe_load(file.read_text(encoding="utf-8"))["questions"]
    told = "".join(path.read_text() for path in documents.COMPANY.rglob("*.*") if path != file)
    for one in asked:
        for document in one["documents"]:
            if "id" in document:
                assert document["id"] in told, one["question"]
            else:
                assert (documents.COMPANY / document["uri"]).is_file()
