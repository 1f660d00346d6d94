-- What AWS's Cost and Usage Reports list by lineItem/UnblendedCost, and what of it is billed. The
-- amount is in x_extra on the lines whose BilledCost is another: unblended_cost = billed_cost +
-- savings_plans + net_discounts, exactly.
WITH charge AS (
    SELECT
        line.BillingAccountId AS billing_account_id,
        line.BillingPeriodStart AS billing_period_start,
        line.BillingCurrency AS billing_currency,
        line.BilledCost AS billed_cost,
        coalesce(
            line.x_extra['line_item_line_item_type'], line.x_extra['lineItem/LineItemType']
        ) AS line_item_type,
        coalesce(
            cast(line.x_extra['line_item_unblended_cost'] AS decimal(38, 24)), line.BilledCost
        ) AS unblended_cost
    FROM line
)

SELECT
    billing_account_id,
    billing_period_start,
    billing_currency,
    count(*) AS lines,
    total(unblended_cost) AS unblended_cost,
    total(billed_cost) AS billed_cost,
    total(
        CASE WHEN line_item_type LIKE 'SavingsPlan%' THEN unblended_cost - billed_cost END
    ) AS savings_plans,
    total(
        CASE WHEN line_item_type NOT LIKE 'SavingsPlan%' THEN unblended_cost - billed_cost END
    ) AS net_discounts
FROM charge
WHERE line_item_type IS NOT NULL
GROUP BY ALL
ORDER BY billing_period_start, billing_account_id, billing_currency
