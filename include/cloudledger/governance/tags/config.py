"""Which tags every resource should have: the section ``tags`` of the settings."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Text = Annotated[str, Field(min_length=1, max_length=256)]
Group = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./'-]{1,200}$")]
Percent = Annotated[Decimal, Field(gt=0, le=100)]


class TagsRefused(ValueError):
    """Tags cannot be told: what is wrong, and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TagKey(_Part):
    """A tag that every resource should have, and the values that it may have.

    Without ``values`` and ``pattern`` any value will do.
    """

    key: str = Field(min_length=1, max_length=128, description="as the ledger has it")
    values: tuple[Text, ...] = ()
    pattern: str | None = Field(None, description="a regular expression of the whole value")
    aliases: tuple[Text, ...] = Field((), description="other keys that say the same, by rank")
    goal_percent: Percent = Field(Decimal(95), description="of the cost that can be tagged")

    @field_validator("pattern")
    @classmethod
    def _pattern_is_one(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"pattern {value}: no regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _has_one_rule(self) -> Self:
        if self.values and self.pattern:
            raise ValueError(f"tag {self.key}: give values or a pattern, not both")
        if repeated := [name for name, count in Counter(self.values).items() if count > 1]:
            raise ValueError(f"tag {self.key}: {', '.join(repeated)} given more than once")
        return self


class Exempt(_Part):
    """Charges that cannot be tagged: those that meet everything that is given."""

    providers: tuple[Text, ...] = Field((), description="ProviderName")
    services: tuple[Text, ...] = Field((), description="ServiceName")
    sub_accounts: tuple[Text, ...] = Field((), description="SubAccountId")
    resource_types: tuple[Text, ...] = Field((), description="ResourceType")

    @model_validator(mode="after")
    def _selects_something(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError("exempt: name providers, services, sub_accounts or resource_types")
        return self


class Oci(_Part):
    """What the generated files for OCI name."""

    namespace: str = Field("Finance", pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,99}$")
    admin_group: Group = Field("TagAdmins", description="may change the namespace")
    user_group: Group = Field("Developers", description="may put the tags on resources")
    default_share: Decimal = Field(
        Decimal("0.9"),
        gt=Decimal("0.5"),
        le=1,
        description="a compartment whose resources agree so far gets the value as a tag default",
    )


class Aws(_Part):
    """What the generated files for AWS name."""

    enforced_for: tuple[Text, ...] = Field(
        (), description="resource types as tag policies write them, such as ec2:instance"
    )
    config_resource_types: tuple[Text, ...] = Field(
        ("AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::RDS::DBInstance", "AWS::S3::Bucket"),
        description="that AWS Config looks at",
    )
    target_id: Text = Field("r-root", description="the root, unit or account of the tag policy")


class Tags(_Part):
    """Which tags are wanted. Without keys nothing is told of them.

    :raises pydantic.ValidationError: naming each thing that is wrong, and why.
    """

    keys: tuple[TagKey, ...] = ()
    ignore_case: bool = Field(
        False, description="whether cc-1 is CC-1, and Cost_Center the key cost_center"
    )
    exempt: tuple[Exempt, ...] = ()
    creator_keys: tuple[Text, ...] = Field(
        ("Oracle-Tags.CreatedBy", "aws:createdBy"), description="tags that say who made a thing"
    )
    agreement: Decimal = Field(
        Decimal("0.75"),
        gt=Decimal("0.5"),
        le=1,
        description="a value is suggested when so many of the resources alike have it",
    )
    most_findings: int = Field(
        20_000, ge=1, le=1_000_000, description="that are kept, the dearest of them"
    )
    oci: Oci = Oci()
    aws: Aws = Aws()

    @model_validator(mode="after")
    def _every_name_means_one_key(self) -> Self:
        names = [name for one in self.keys for name in {self.folded(n) for n in names_of(one)}]
        if repeated := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"tags: {', '.join(sorted(repeated))} stands for more than one key")
        return self

    def folded(self, text: str) -> str:
        """The text as names and values are compared."""
        return text.casefold() if self.ignore_case else text

    def key(self, name: str) -> TagKey:
        """The key of a name or an alias.

        :raises TagsRefused: no key goes by it.
        """
        for one in self.keys:
            if self.folded(name) in map(self.folded, names_of(one)):
                return one
        known = ", ".join(one.key for one in self.keys) or "none"
        raise TagsRefused(
            f"tag {name}: no key of section tags in the governance file; known are {known}"
        )


def names_of(key: TagKey) -> tuple[str, ...]:
    """What a key goes by, its own name first."""
    return (key.key, *key.aliases)
