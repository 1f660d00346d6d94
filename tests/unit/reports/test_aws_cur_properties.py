"""Whatever cells a CUR's lines have: what they cost is what the text says, by both statements."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from report_files import EXACT, opened
from test_aws_cur_costs import PLAN, RESERVATION, RETURNED, TYPE, unblended

from cloudledger.reports.aws_costs import UNBLENDED
from cloudledger.reports.aws_formats import AWS_CUR
from tests.support.cur import cur

TYPES = (
    *("Usage", "DiscountedUsage", "RIFee", "Fee", "SavingsPlanCoveredUsage"),
    *("SavingsPlanNegation", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "Tax"),
    *("Credit", "Refund", "EdpDiscount", "Discount", "FlatRateSubscription", "Rounding"),
)
NUMBERS = ("0", "1.25", "-3", "2.3E-9", "0.0000000001", "7E2")
CHOICES = {
    column.name: ("", *NUMBERS) for column in AWS_CUR.columns if column.cost and not column.required
} | {
    TYPE: TYPES,
    UNBLENDED: (*NUMBERS, "1.2345678901234567E-10"),
    "line_item_usage_amount": ("", "1", "0.5"),
    "line_item_operation": ("", "RunInstances", "EKSPod-EC2"),
    "line_item_line_item_description": ("", RETURNED["line_item_line_item_description"]),
    "line_item_tax_type": ("", "VAT"),
    "reservation_reservation_a_r_n": ("", RESERVATION),
    "savings_plan_savings_plan_a_r_n": ("", PLAN),
    "line_item_currency_code": ("USD", "EUR"),
}
LINES = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CHOICES.items()}),
    min_size=1,
    max_size=12,
)


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(LINES)
def test_the_text_and_the_lines_cost_the_same(lines: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        found = opened(cur(*lines), Path(folder))
        assert (found.report.kept, found.report.set_aside) == (len(lines), ())
        measures = ", ".join(f"coalesce(sum({measure}), 0)" for measure in AWS_CUR.controls)
        held = {
            (currency, measure): amount
            for currency, *amounts in found.con.execute(
                f"SELECT BillingCurrency, {measures} FROM focus_line GROUP BY ALL"
            ).fetchall()
            for measure, amount in zip(AWS_CUR.controls, amounts, strict=True)
        }
        stated: dict[tuple[str, str], Decimal] = {}
        for control in found.report.controls:
            key = control.group.billing_currency, control.measure
            stated[key] = EXACT.add(stated.get(key, Decimal(0)), control.amount)
        assert held == stated
        costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
        assert None not in {cost for line in found.lines(*costs) for cost in line}
        step = Decimal(1).scaleb(-24)
        listed = sum(Decimal(line[UNBLENDED]).quantize(step) for line in lines)
        assert unblended(found) == listed
