"""The files that would enforce tags: word for word, and as their languages read them."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import oci.identity.models
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.governance.tags.config import Tags
from cloudledger.governance.tags.coverage import Tagged, Usual
from cloudledger.governance.tags.files import files, statements, write_files
from cloudledger.governance.tags.hcl import labels, quoted
from tests.support.tag_lines import line, tagged

GOLDEN = Path(__file__).parent / "tagging"
TENANCY = "ocid1.tenancy.oc1..t"
SHOP, LAB = (f"ocid1.compartment.oc1..{name}" for name in ("shop", "lab"))
RULES: dict[str, Any] = {
    "keys": [
        {"key": "cost_center", "pattern": r"CC-\d{4}", "aliases": ["Finance.cost_center"]},
        {"key": "environment", "values": ["prod", "dev"]},
        {"key": "Finance.owner"},
        {"key": "Ops.Owner"},
    ],
    "aws": {"enforced_for": ["ec2:instance", "s3:bucket"], "target_id": "ou-abcd-12345678"},
}


def company() -> Tagged:
    """A shop whose resources agree, a lab whose do not, and an account of AWS."""
    owned = {"cost_center": "CC-1100", "environment": "prod", "Finance.owner": "shop"}
    lines = [line(f"shop-{n}", **owned) | {"SubAccountId": SHOP} for n in range(3)]
    lines += [line(f"lab-{n}", environment=e) for n, e in enumerate(["dev", "prod", "dev"])]
    for each in lines[3:]:
        each["SubAccountId"] = LAB
    aws = {"ProviderName": "AWS", "BillingAccountId": "1000", "SubAccountId": "1001"}
    return tagged([*lines, *(line(f"m{n}", **owned) | aws for n in range(2))], RULES)


def parsed(folder: Path) -> None:
    """Terraform reads every file, and would write it no other way."""
    terraform = shutil.which("terraform")
    if not terraform:
        pytest.skip("terraform is not installed")
    subprocess.run([terraform, "fmt", "-check", "-recursive", "."], cwd=folder, check=True)


def test_the_files_are_these(tmp_path: Path) -> None:
    folder = write_files(tmp_path, company(), Tags.model_validate(RULES))
    assert folder == tmp_path / "tagging/2026-10-30"
    made = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    kept = {path.relative_to(GOLDEN): path for path in GOLDEN.rglob("*") if path.is_file()}
    assert made.keys() == kept.keys()
    for name, path in made.items():
        assert path.read_text() == kept[name].read_text(), name


def test_a_run_again_replaces_the_folder_and_leaves_nothing_behind(tmp_path: Path) -> None:
    for _ in range(2):
        folder = write_files(tmp_path, company(), Tags.model_validate(RULES))
        assert not (folder / "old").exists()
        (folder / "old").touch()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_terraform_reads_them() -> None:
    parsed(GOLDEN)


def test_the_tag_policy_is_json_that_names_each_key_as_it_is() -> None:
    policy = json.loads((GOLDEN / "aws/tag_policy.json").read_text())["tags"]
    assert policy["environment"] == {
        "tag_key": {"@@assign": "environment"},
        "tag_value": {"@@assign": ["prod", "dev"]},
        "enforced_for": {"@@assign": ["ec2:instance", "s3:bucket"]},
    }
    assert "tag_value" not in policy["cost_center"]


def test_terraform_s_attributes_of_oci_are_those_of_the_sdk() -> None:
    written = (GOLDEN / "oci_t/tags.tf").read_text()
    for resource, model in {
        "oci_identity_tag_namespace": oci.identity.models.CreateTagNamespaceDetails,
        "oci_identity_tag": oci.identity.models.CreateTagDetails,
        "oci_identity_tag_default": oci.identity.models.CreateTagDefaultDetails,
        "oci_identity_policy": oci.identity.models.CreatePolicyDetails,
    }.items():
        block = written.split(f'resource "{resource}" ')[1].split("\n}")[0]
        of_path = {"tag_namespace_id"}
        assert _attributes(block) - of_path <= model().swagger_types.keys(), resource


def _attributes(block: str) -> set[str]:
    """The names at the first level of a block."""
    found = set()
    for part in block.splitlines()[1:]:
        if part.startswith("  ") and part[2] not in " }]":
            found.add(part.split()[0])
    return found


def test_the_policy_lets_one_group_change_the_namespace_and_another_use_it() -> None:
    told = Tags.model_validate(RULES | {"oci": {"namespace": "Cost", "user_group": "Devs"}})
    assert statements(told) == [
        "allow group TagAdmins to manage tag-namespaces in tenancy "
        "where target.tag-namespace.name = 'Cost'",
        "allow group TagAdmins to manage tag-defaults in tenancy",
        "allow group Devs to use tag-namespaces in tenancy "
        "where target.tag-namespace.name = 'Cost'",
    ]


def test_of_a_provider_without_cost_there_is_no_file_and_of_no_lines_a_page() -> None:
    nothing = Tagged(date(2026, 10, 1), date(2026, 10, 31))
    assert files(nothing, Tags.model_validate(RULES)).keys() == {"README.md"}


def test_more_than_six_keys_are_asked_for_by_two_rules() -> None:
    keys = [{"key": f"k{n}", "values": ["a,b", "c"]} for n in range(8)]
    lines = [line("x") | {"ProviderName": "AWS"}]
    written = files(tagged(lines, {"keys": keys}), Tags.model_validate({"keys": keys}))
    assert written["aws/tags.tf"].count("aws_config_config_rule") == 2
    # A comma would make two values of one.
    assert "Value" not in written["aws/tags.tf"]


@given(st.text(max_size=20))
def test_any_text_is_one_string_without_a_template_in_it(text: str) -> None:
    written = quoted(text)
    assert (written[0], written[-1]) == ('"', '"')
    assert written.isprintable()
    assert "${" not in written.replace("$${", "")
    assert "%{" not in written.replace("%%{", "")


@given(st.lists(st.text(max_size=8), max_size=8))
def test_labels_are_identifiers_and_each_is_its_own(names: list[str]) -> None:
    found = labels(names)
    assert len(set(found)) == len(names)
    assert all(label.isidentifier() for label in found)


def test_texts_of_any_script_are_read_by_terraform(tmp_path: Path) -> None:
    odd = ['a"b', "${x}", "%{if}", "\u00fc\u8cc7 \U0001f600", "tab\tline\nnul\x00", "back\\slash"]
    rules = Tags.model_validate({"keys": [{"key": "k", "values": odd}]})
    usual = [Usual("Oracle", TENANCY, SHOP, "k", value, 3, 3) for value in odd]
    told = company()
    write_files(
        tmp_path, Tagged(told.first_day, told.end_day, scopes=told.scopes, usual=usual), rules
    )
    parsed(tmp_path)
