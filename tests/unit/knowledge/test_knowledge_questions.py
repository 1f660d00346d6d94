"""The file of questions: what it may say, and which documents it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.gate.questions import Answer, QuestionsInvalid, Written, curated, written

NAT = hashed("document", "runbook-nat")
TAGS = hashed("document", "oci://space/bucket/policies/tagging.html")
DOCUMENTS = [
    (NAT, "oci://space/bucket/runbooks/nat.md"),
    (TAGS, "oci://space/bucket/policies/tagging.html"),
]


def _file(folder: Path, text: str) -> Path:
    path = folder / "questions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_documents_are_named_by_their_id_or_the_end_of_their_uri(tmp_path):
    path = _file(
        tmp_path,
        """
        questions:
          - question: images pulled through the gateway
            documents: [{id: runbook-nat, grade: 3}, {uri: tagging.html, grade: 1}]
          - question: values of a tag
            documents: [{uri: "oci://space/bucket/policies/tagging.html", grade: 2}]
        """,
    )
    questions, unknown = curated(written(path), DOCUMENTS)
    assert unknown == []
    assert [(one.text, one.grades, one.origin) for one in questions] == [
        ("images pulled through the gateway", {NAT: 3, TAGS: 1}, "curated"),
        ("values of a tag", {TAGS: 2}, "curated"),
    ]


def test_the_end_of_a_uri_begins_at_a_slash():
    assert Answer(uri="tagging.html", grade=1).is_of(*DOCUMENTS[1])
    assert Answer(uri="policies/tagging.html", grade=1).is_of(*DOCUMENTS[1])
    assert not Answer(uri="ging.html", grade=1).is_of(*DOCUMENTS[1])


def test_unknown_documents_are_told_and_the_rest_is_asked():
    asked = (
        Written(
            question="a", documents=(Answer(id="gone", grade=3), Answer(uri="nat.md", grade=1))
        ),
        Written(question="b", documents=(Answer(uri="gone.md", grade=3),)),
    )
    questions, unknown = curated(asked, DOCUMENTS)
    assert [(one.text, one.grades) for one in questions] == [("a", {NAT: 1})]
    assert len(unknown) == 2
    assert "gone" in unknown[0]
    assert "'b'" in unknown[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("questions: [{question: a, documents: [{id: x, grade: 4}]}]", r"questions.0.documents.0"),
        ("questions: [{question: a, documents: [{id: x, grade: 0}]}]", "grade"),
        ("questions: [{question: a, documents: []}]", "at least 1"),
        ("questions: [{question: '', documents: [{id: x, grade: 1}]}]", "question"),
        ("questions: [{question: a, documents: [{id: x, uri: y, grade: 1}]}]", "not by both"),
        ("questions: [{question: a, documents: [{grade: 1}]}]", "by its id or by its uri"),
        ("questions: [{question: a, docs: [{id: x, grade: 1}]}]", "docs"),
        ("- question", "the file"),
        ("questions: [", "questions.yaml"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused_by_name(tmp_path, text: str, message: str):
    path = _file(tmp_path, text)
    with pytest.raises(QuestionsInvalid, match=message) as refused:
        written(path)
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(QuestionsInvalid, match=r"none\.yaml"):
        written(tmp_path / "none.yaml")


def test_an_empty_file_asks_nothing(tmp_path):
    assert written(_file(tmp_path, "")) == ()


def test_the_samples_questions_are_valid():
    sample = Path(__file__).parents[3] / "localcloud" / "knowledge" / "questions.yaml"
    assert len(written(sample)) >= 10
