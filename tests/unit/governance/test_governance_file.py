"""The file of what is governed, and what is told of one that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudledger.governance.config import Governance, UnreadableFile, governance
from cloudledger.project import PROJECT


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accounts: [", "while parsing"),
        ("- a\n- b", "holds a list"),
        ("accounts: 3", "accounts"),
        ("budget: []", "budget"),
    ],
)
def test_a_file_that_cannot_be_meant_is_named_with_what_is_wrong(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "governance.yaml"
    file.write_text(text)
    with pytest.raises(UnreadableFile, match=told) as error:
        governance(file)
    assert str(file) in str(error.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "governance.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match=r"governance\.yaml"):
        governance(file)


def test_no_file_and_an_empty_one_govern_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").touch()
    assert governance(tmp_path / "none.yaml") == governance(tmp_path / "empty.yaml") == Governance()


@pytest.mark.parametrize("name", ["governance.yaml", "demo_governance.yaml"])
def test_the_files_of_the_project_can_be_meant(name: str) -> None:
    assert governance(PROJECT / "config" / name).budget_defaults.rules
