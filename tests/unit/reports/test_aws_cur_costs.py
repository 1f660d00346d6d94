"""What each line item type of a CUR costs, checked by hand; the rules: docs/formats/aws_cur.md."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from report_files import Opened, opened

from tests.support.cur import cur

Line = dict[str, str]
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
NOTHING: Line = dict.fromkeys(
    (
        "pricing_public_on_demand_cost",
        "pricing_public_on_demand_rate",
        "line_item_unblended_rate",
        "pricing_unit",
    ),
    "",
)
"""What stands in no line that prices no usage."""

RESERVATION = "arn:aws:ec2:eu-central-1:111111111111:reserved-instances/r1"
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/p1"
TYPE, COST, NET = (
    "line_item_line_item_type",
    "line_item_unblended_cost",
    "line_item_net_unblended_cost",
)
ON_DEMAND = "pricing_public_on_demand_cost"

DISCOUNTED = {
    TYPE: "DiscountedUsage",
    COST: "0",
    "line_item_unblended_rate": "0",
    "reservation_reservation_a_r_n": RESERVATION,
    "reservation_effective_cost": "0.70",
}
RI_FEE = NOTHING | {
    TYPE: "RIFee",
    COST: "14.88",
    "reservation_reservation_a_r_n": RESERVATION,
    "reservation_unused_amortized_upfront_fee_for_billing_period": "1.44",
    "reservation_unused_recurring_fee": "2.88",
}
RETURNED = {
    "line_item_line_item_description": "Refund for one-time fee for Savings Plan ID: p1",
    "savings_plan_savings_plan_a_r_n": "",
}
COVERED = {
    TYPE: "SavingsPlanCoveredUsage",
    "savings_plan_savings_plan_a_r_n": PLAN,
    "savings_plan_savings_plan_effective_cost": "0.72",
}
PLAN_FEE = NOTHING | {
    TYPE: "SavingsPlanRecurringFee",
    COST: "0.50",
    "savings_plan_savings_plan_a_r_n": PLAN,
    "savings_plan_total_commitment_to_date": "0.80",
    "savings_plan_used_commitment": "0.72",
}


def costs(found: Opened) -> list[tuple[Decimal, ...]]:
    assert found.report.set_aside == ()
    return [tuple(Decimal(str(cost)) for cost in line) for line in found.lines(*COSTS)]


def proven(found: Opened) -> None:
    """The sums of the text, by the format's own terms, are the lines' sums."""
    sums = ", ".join(f"coalesce(sum({measure}), 0)" for measure in found.report.format.controls)
    (line,) = found.con.execute(f"SELECT {sums} FROM focus_line").fetchall()
    by_measure = dict(zip(found.report.format.controls, line, strict=True))
    assert {("USD", name): amount for name, amount in by_measure.items()} == found.totals(kept=True)


@pytest.mark.parametrize(
    ("line", "billed", "effective", "listed", "contracted"),
    [
        # used at 0.10, which the contract says, where the public price is 0.12
        ({}, "1", "1", "1.2", "1"),
        # no public price is stated: the list cost is what was charged
        ({ON_DEMAND: ""}, "1", "1", "1", "1"),
        # paid for by the reservation's fee; its share of that fee is 0.70
        (DISCOUNTED, "0", "0.7", "1.2", "1.2"),
        (DISCOUNTED | {ON_DEMAND: ""}, "0", "0.7", "0", "0"),
        # no amortisation is delivered: then the fee is where the cost is
        (DISCOUNTED | {"reservation_effective_cost": ""}, "0", "0", "1.2", "1.2"),
        # 14.88 is billed; 1.44 + 2.88 of the reservation was not used
        (RI_FEE, "14.88", "4.32", "14.88", "14.88"),
        (
            RI_FEE | {"reservation_unused_amortized_upfront_fee_for_billing_period": ""},
            *("14.88", "2.88", "14.88", "14.88"),
        ),
        (
            RI_FEE
            | {
                "reservation_unused_amortized_upfront_fee_for_billing_period": "",
                "reservation_unused_recurring_fee": "",
            },
            *("14.88", "14.88", "14.88", "14.88"),
        ),
        # the upfront fee of a reservation reaches usage by amortisation
        (
            NOTHING | {TYPE: "Fee", COST: "120", "reservation_reservation_a_r_n": RESERVATION},
            *("120", "0", "120", "120"),
        ),
        # any other fee is what it costs
        (NOTHING | {TYPE: "Fee", COST: "29"}, "29", "29", "29", "29"),
        (NOTHING | {TYPE: "FlatRateSubscription", COST: "5"}, "5", "5", "5", "5"),
        # 1.00 at the contract's price is paid for by 0.72 of the plan
        (COVERED, "0", "0.72", "1.2", "1"),
        (
            COVERED | {TYPE: "SavingsPlanNegation", COST: "-1.00"},
            *("0", "0", "0", "0"),
        ),
        # an hour of the plan: 0.50 recurs (0.30 was paid upfront), 0.80 - 0.72 was not used
        (PLAN_FEE, "0.5", "0.08", "0.5", "0.5"),
        (PLAN_FEE | {"savings_plan_total_commitment_to_date": ""}, "0.5", "0.5", "0.5", "0.5"),
        (
            NOTHING
            | {
                TYPE: "SavingsPlanUpfrontFee",
                COST: "2628",
                "savings_plan_savings_plan_a_r_n": PLAN,
            },
            *("2628", "0", "2628", "2628"),
        ),
        (NOTHING | {TYPE: "Tax", COST: "19.01", "line_item_tax_type": "VAT"}, *(["19.01"] * 4)),
        (NOTHING | {TYPE: "Credit", COST: "-50"}, *(["-50"] * 4)),
        (NOTHING | {TYPE: "Refund", COST: "-3.5"}, *(["-3.5"] * 4)),
        # a plan that was given back: its fee had no effective cost either
        (NOTHING | {TYPE: "Refund", COST: "-2628"} | RETURNED, "-2628", "0", "-2628", "-2628"),
        # a pod's share of a machine, whose whole cost is on the machine's line
        ({"line_item_operation": "EKSPod-EC2", COST: "0"}, "0", "0", "0", "0"),
        (DISCOUNTED | {"line_item_operation": "ECSTask-EC2"}, "0", "0", "0", "0"),
        # what the contract takes off is no part of the list cost
        (NOTHING | {TYPE: "EdpDiscount", COST: "-0.06"}, "-0.06", "-0.06", "0", "-0.06"),
        (NOTHING | {TYPE: "PrivateRateDiscount", COST: "-0.2"}, "-0.2", "-0.2", "0", "-0.2"),
        (NOTHING | {TYPE: "BundledDiscount", COST: "-0.3"}, "-0.3", "-0.3", "0", "-0.3"),
        (NOTHING | {TYPE: "Rounding", COST: "0.01"}, *(["0.01"] * 4)),
    ],
)
def test_a_line_costs(
    tmp_path: Path, line: Line, billed: str, effective: str, listed: str, contracted: str
) -> None:
    found = opened(cur(line), tmp_path)
    assert costs(found) == [tuple(map(Decimal, (billed, effective, listed, contracted)))]
    proven(found)


NET_RESERVED = {
    "reservation_net_effective_cost": "0.63",
    "reservation_net_unused_amortized_upfront_fee_for_billing_period": "1.30",
    "reservation_net_unused_recurring_fee": "2.59",
}
EMPTY_NET = dict.fromkeys((NET, *NET_RESERVED, "savings_plan_net_savings_plan_effective_cost"), "")


@pytest.mark.parametrize(
    ("line", "billed", "effective", "listed", "contracted"),
    [
        # 10 % off by an agreement: the net columns have it, and the discount's own line nets to 0
        ({NET: "0.90"}, "0.9", "0.9", "1.2", "0.9"),
        (NOTHING | {TYPE: "EdpDiscount", COST: "-0.10", NET: "0"}, "0", "0", "0", "0"),
        (DISCOUNTED | {NET: "0"} | NET_RESERVED, "0", "0.63", "1.2", "1.2"),
        (RI_FEE | {NET: "13.39"} | NET_RESERVED, "13.39", "3.89", "14.88", "13.39"),
        (
            COVERED | {NET: "0.90", "savings_plan_net_savings_plan_effective_cost": "0.65"},
            *("0", "0.65", "1.2", "0.9"),
        ),
        (COVERED | {TYPE: "SavingsPlanNegation", COST: "-1", NET: "-0.9"}, "0", "0", "0", "0"),
        (NOTHING | {TYPE: "Tax", COST: "19", NET: "17.1"}, *(["17.1"] * 4)),
        # the column is there, this line has no value in it
        ({NET: ""}, "1", "1", "1.2", "1"),
    ],
)
def test_a_negotiated_discount_is_in_the_net_columns(
    tmp_path: Path, line: Line, billed: str, effective: str, listed: str, contracted: str
) -> None:
    found = opened(cur(EMPTY_NET | line), tmp_path)
    assert costs(found) == [tuple(map(Decimal, (billed, effective, listed, contracted)))]
    proven(found)


def test_a_month_of_a_partly_used_reservation_costs_what_was_paid_for_the_month(
    tmp_path: Path,
) -> None:
    # paid: 87.60 upfront for 8,760 hours (0.01 an hour: 7.44 in October) and 0.02 an hour
    # (14.88 in October); used: 600 of 744 hours at 0.03, 18.00; not used: 144 hours, 1.44 + 2.88
    upfront = NOTHING | {
        TYPE: "Fee",
        COST: "87.60",
        "reservation_reservation_a_r_n": RESERVATION,
    }
    used = [
        DISCOUNTED | {"reservation_effective_cost": "0.60", ON_DEMAND: "1.00"} for _ in range(30)
    ]
    found = opened(cur(upfront, RI_FEE, *used), tmp_path)
    lines = costs(found)
    assert sum(line[0] for line in lines) == Decimal("87.60") + Decimal("14.88")
    assert sum(line[1] for line in lines) == Decimal("7.44") + Decimal("14.88")
    assert sum(line[2] for line in lines) == Decimal("87.60") + Decimal("14.88") + 30
    proven(found)


def test_a_day_of_a_partly_used_savings_plan_costs_its_commitment(tmp_path: Path) -> None:
    # committed: 24 hours at 0.80, of which 0.30 was paid upfront; used: 20 hours at 0.72
    hours = [
        hour
        for _ in range(20)
        for hour in (COVERED, COVERED | {TYPE: "SavingsPlanNegation", COST: "-1.00"}, PLAN_FEE)
    ]
    idle = [PLAN_FEE | {"savings_plan_used_commitment": "0"} for _ in range(4)]
    found = opened(cur(*hours, *idle), tmp_path)
    lines = costs(found)
    assert sum(line[0] for line in lines) == 24 * Decimal("0.50")
    assert sum(line[1] for line in lines) == 24 * Decimal("0.80")
    assert sum(line[3] for line in lines) == 20 * Decimal("1.00") + 24 * Decimal("0.50")
    proven(found)


def unblended(found: Opened) -> Decimal:
    """``lineItem/UnblendedCost`` over the object, from its ledger lines alone."""
    kept = "x_extra['line_item_unblended_cost']"
    (total,) = found.con.execute(
        f"SELECT sum(coalesce(CAST({kept} AS DECIMAL(38, 24)), BilledCost)) FROM focus_line"
    ).fetchall()
    return Decimal(total[0])


def test_what_the_file_says_was_charged_can_be_told_from_the_lines(tmp_path: Path) -> None:
    # the negation is 0.000001 short of what it cancels, and the agreement's discount is net
    lines = [
        COVERED,
        COVERED | {TYPE: "SavingsPlanNegation", COST: "-0.999999"},
        {NET: "0.90"},
        NOTHING | {TYPE: "EdpDiscount", COST: "-0.10", NET: "0"},
        {},
    ]
    found = opened(cur(*lines), tmp_path)
    assert sum(line[0] for line in costs(found)) == Decimal("1.9")
    assert unblended(found) == Decimal("1.900001")
    texts = [row[0].get("line_item_unblended_cost") for row in found.lines("x_extra")]
    assert texts == ["1.00", "-0.999999", "1.00", "-0.10", None]


def test_more_decimals_than_the_ledger_holds_keep_their_text_under_the_columns_name(
    tmp_path: Path,
) -> None:
    long = "0.0000000000000000000000014"
    found = opened(cur(COVERED | {COST: long}), tmp_path)
    assert costs(found) == [(Decimal(0), Decimal("0.72"), Decimal("1.2"), Decimal("1E-24"))]
    assert found.lines("x_exact") == [({COST: long},)]
    assert found.totals(kept=True)["USD", "BilledCost"] == 0
    assert found.totals(kept=True)["USD", "ContractedCost"] == Decimal(long)
