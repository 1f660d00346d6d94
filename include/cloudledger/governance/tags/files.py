"""Files that would make the clouds ask for the tags: written for review, never applied.

Attributes: the OCI provider's ``oci_identity_tag_namespace``, ``oci_identity_tag``,
``oci_identity_tag_default`` and ``oci_identity_policy``
(https://docs.oracle.com/iaas/tools/terraform-provider-oci/latest/docs/); AWS tag policies
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html)
and the Config rule required-tags, of at most six keys
(https://docs.aws.amazon.com/config/latest/developerguide/required-tags.html).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from cloudledger.governance.tags.config import TagKey, Tags
from cloudledger.governance.tags.coverage import Tagged, Usual
from cloudledger.governance.tags.hcl import labels, quoted

FOLDER = "tagging"
OCI, AWS = "Oracle", "AWS"
RULE_KEYS = 6
OCI_NAME = re.compile(r"[!-\-/-~]{1,100}")
"""The name of a tag: ASCII without space and period."""
OCID = re.compile(r"ocid1\.(compartment|tenancy)\.[A-Za-z0-9._-]+")
FEWEST = 2
"""Resources that a tag default rests on."""


def write_files(home: Path, tagged: Tagged, rules: Tags) -> Path:
    """Write ``<home>/tagging/<last day>`` anew, whole or not at all; the folder."""
    folder = home / FOLDER / f"{_last_day(tagged)}"
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for name, text in files(tagged, rules).items():
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        (part / name).write_text(text, encoding="utf-8", newline="")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return folder


def files(tagged: Tagged, rules: Tags) -> dict[str, str]:
    """The files by name, for the providers that cost came from."""
    providers = {one.where["provider_name"] for one in tagged.scopes}
    span = {"first_day": tagged.first_day, "last_day": _last_day(tagged)}
    made: dict[str, str] = {}
    does: dict[str, str] = {}
    if OCI in providers:
        payers = sorted({one.payer_id for one in tagged.usual if one.provider_name == OCI})
        tenancies = [payer for payer in payers if OCID.fullmatch(payer)]
        for tenancy, label in zip(tenancies, labels(map(_short, tenancies)), strict=True):
            name = f"oci_{label}/tags.tf"
            made[name] = _oci(tagged, rules, tenancy, span)
            does[name] = f"namespace, tags, tag defaults and policy of `{tenancy}`"
    if AWS in providers:
        made["aws/tag_policy.json"] = _tag_policy(rules)
        made["aws/tags.tf"] = _aws(rules, span)
        does["aws/tag_policy.json"] = "the tag policy alone, as AWS Organizations takes it"
        does["aws/tags.tf"] = "the tag policy attached, and the Config rule required-tags"
    made["README.md"] = _template("tagging.md.jinja").render(
        files=does.items(),
        compartments=[
            one for one in tagged.usual if one.provider_name == OCI and not _is_default(one, rules)
        ],
        notes=_notes(rules),
        **span,
    )
    return made


def statements(rules: Tags) -> list[str]:
    """OCI policy statements: one group changes the tags, another puts them on resources.

    ``target.tag-namespace.name`` does not hold for the making of a namespace, which takes an
    administrator (https://docs.oracle.com/iaas/Content/Identity/Reference/iampolicyreference.htm).
    """
    oci = rules.oci
    only = f"in tenancy where target.tag-namespace.name = '{oci.namespace}'"
    return [
        f"allow group {oci.admin_group} to manage tag-namespaces {only}",
        f"allow group {oci.admin_group} to manage tag-defaults in tenancy",
        f"allow group {oci.user_group} to use tag-namespaces {only}",
    ]


def _oci(tagged: Tagged, rules: Tags, tenancy: str, span: Mapping[str, date]) -> str:
    names = _oci_names(rules)
    named = dict(zip(names, labels(names.values()), strict=True))
    usual = [
        one
        for one in tagged.usual
        if one.payer_id == tenancy and one.tag_key in named and _is_default(one, rules)
    ]
    short = labels(f"{named[one.tag_key]}_{_short(one.sub_account_id)}" for one in usual)
    return _template("oci_tags.tf.jinja").render(
        tenancy=tenancy,
        namespace=rules.oci.namespace,
        tags=[
            {
                "label": named[key.key],
                "name": names[key.key],
                "description": _description(key),
                "tag_values": key.values,
            }
            for key in rules.keys
            if key.key in names
        ],
        defaults=[
            {
                "label": label,
                "compartment_id": one.sub_account_id,
                "tag_label": named[one.tag_key],
                "value": one.value,
                "agreeing": one.agreeing,
                "known": one.known,
            }
            for one, label in zip(usual, short, strict=True)
        ],
        statements=statements(rules),
        **span,
    )


def _aws(rules: Tags, span: Mapping[str, date]) -> str:
    parts = [rules.keys[at : at + RULE_KEYS] for at in range(0, len(rules.keys), RULE_KEYS)]
    return _template("aws_tags.tf.jinja").render(
        target_id=rules.aws.target_id,
        resource_types=rules.aws.config_resource_types,
        rules=[
            {
                "label": f"required_tags_{number}",
                "name": f"required-tags-{number}",
                "parameters": _parameters(keys),
            }
            for number, keys in enumerate(parts, 1)
        ],
        **span,
    )


def _parameters(keys: Sequence[TagKey]) -> list[tuple[str, str]]:
    """Of one rule: a value with a comma would be two, and is not asked for."""
    told = []
    for number, key in enumerate(keys, 1):
        told.append((f"tag{number}Key", key.key))
        if key.values and not any("," in value for value in key.values):
            told.append((f"tag{number}Value", ",".join(key.values)))
    width = max(len(name) for name, _ in told)
    return [(name.ljust(width), value) for name, value in told]


def _tag_policy(rules: Tags) -> str:
    policy: dict[str, Any] = {}
    for key in rules.keys:
        told: dict[str, Any] = {"tag_key": {"@@assign": key.key}}
        if key.values:
            told["tag_value"] = {"@@assign": list(key.values)}
        if rules.aws.enforced_for:
            told["enforced_for"] = {"@@assign": list(rules.aws.enforced_for)}
        policy[key.key] = told
    return json.dumps({"tags": policy}, indent=2, ensure_ascii=False) + "\n"


def _notes(rules: Tags) -> list[str]:
    unchecked = [key.key for key in rules.keys if key.pattern]
    names = _oci_names(rules)
    unnamed = [key.key for key in rules.keys if key.key not in names]
    notes = []
    if unchecked:
        notes.append(
            f"Any value will do for {', '.join(unchecked)}: neither cloud checks a pattern."
        )
    if unnamed:
        notes.append(
            f"Left out for OCI: {', '.join(unnamed)}. A tag's name there is ASCII without space "
            "and period, and stands once in its namespace, whatever its case."
        )
    return notes


def _is_default(one: Usual, rules: Tags) -> bool:
    if one.known < FEWEST or not OCID.fullmatch(one.sub_account_id):
        return False
    return one.agreeing >= one.known * rules.oci.default_share


def _oci_names(rules: Tags) -> dict[str, str]:
    """By key its name in the namespace; without those that OCI cannot name."""
    names: dict[str, str] = {}
    for key in rules.keys:
        name = key.key.rpartition(".")[2]
        taken = {one.casefold() for one in names.values()}
        if OCI_NAME.fullmatch(name) and name.casefold() not in taken:
            names[key.key] = name
    return names


def _description(key: TagKey) -> str:
    if key.values:
        return f"{key.key}: one of {len(key.values)} values"
    return f"{key.key}: {key.pattern}" if key.pattern else key.key


def _short(ocid: str) -> str:
    return ocid.rpartition(".")[2][-12:]


def _last_day(tagged: Tagged) -> date:
    return tagged.end_day - timedelta(days=1)


@cache
def _environment() -> Environment:
    # Not HTML: what needs escaping is written by the filter.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701
    )
    environment.filters["hcl"] = quoted
    environment.filters["cell"] = lambda text: " ".join(text.split()).replace("|", "\\|")
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)
