"""What a difference between reports and usage API is, on figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cloudledger import exact
from cloudledger.ledger.usage_explain import Parts, explained
from cloudledger.ledger.usage_services import Services

BOUND = Decimal("0.001")


def parts(
    difference: str,
    *,
    correction: str = "0",
    moved: str = "0",
    credit: str = "0",
    late: bool = False,
) -> Parts:
    return explained(
        Decimal(difference),
        corrections=(Decimal(correction), Decimal(moved)),
        credit=Decimal(credit),
        bound=BOUND,
        late=late,
    )


def part(**amounts: str) -> Parts:
    return Parts(**{name: Decimal(amount) for name, amount in amounts.items()})


@pytest.mark.parametrize(
    ("difference", "given", "expected"),
    [
        ("0", {}, part()),
        ("0.0004", {}, part(rounding="0.0004")),
        ("-0.001", {}, part(rounding="-0.001")),
        ("0.0011", {}, part(unknown="0.0011")),
        # The API knows the reports' correction of -3, or does not.
        ("0", {"correction": "-3"}, part()),
        ("-3", {"correction": "-3"}, part(correction="-3")),
        ("-2.9998", {"correction": "-3"}, part(correction="-3", rounding="0.0002")),
        ("3", {"correction": "-3"}, part(unknown="3")),
        # The API tells the correction on the day that it corrects, the reports on another one.
        ("3", {"moved": "3"}, part(correction="3")),
        ("1", {"correction": "-2", "moved": "3"}, part(correction="1")),
        ("-150", {"credit": "-150"}, part(credit="-150")),
        ("-153", {"correction": "-3", "credit": "-150"}, part(correction="-3", credit="-150")),
        ("-3", {"correction": "-3", "credit": "-150"}, part(correction="-3")),
        # A cause explains a difference, or it does not: none is shared out.
        ("-4", {"correction": "-3"}, part(unknown="-4")),
        ("-4", {"correction": "-3", "late": True}, part(late="-4")),
        ("-3", {"correction": "-3", "late": True}, part(correction="-3")),
        ("-7.5", {"late": True}, part(late="-7.5")),
        ("7.5", {"late": True}, part(late="7.5")),
    ],
)
def test_a_difference_is_explained_whole_or_unknown(
    difference: str, given: dict[str, str], expected: Parts
) -> None:
    found = parts(difference, **given)  # type: ignore[arg-type]
    assert found == expected
    amounts = (found.late, found.correction, found.credit, found.rounding, found.unknown)
    assert exact.total(amounts) == Decimal(difference)


def test_services_are_known_by_their_several_names() -> None:
    services = Services({"Blick": "AI Vision"})
    key = services.key
    assert key("BLOCK_STORAGE") == key("Block Storage") != key("Object Storage")
    assert key("Object Storage") == key("OBJECTSTORE")
    ec2 = key("Amazon Elastic Compute Cloud")
    assert {key("EC2 - Other"), key("AmazonEC2")} == {ec2}
    assert key("blick") == key("AI_VISION")
    assert key("分析") != key("計算")


def test_a_service_is_shown_as_the_reports_call_it() -> None:
    services = Services()
    names = services.shown(["BLOCK_STORAGE", "B"], ["Block Storage", "EC2 - Other", "C"])
    assert sorted(names.values()) == ["B", "BLOCK_STORAGE", "C", "EC2 - Other"]
