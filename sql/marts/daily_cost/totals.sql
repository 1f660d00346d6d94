-- The sums of daily_cost by provider's day and currency; with :pending_only = 1, of pending days.
SELECT
    provider,
    charge_day,
    billing_currency,
    sum(billed_cost) AS billed_cost,
    sum(effective_cost) AS effective_cost,
    sum(list_cost) AS list_cost,
    sum(contracted_cost) AS contracted_cost,
    sum(pricing_quantity) AS pricing_quantity,
    sum(consumed_quantity) AS consumed_quantity,
    sum(line_count) AS line_count
FROM daily_cost
WHERE
    :pending_only = 0
    OR EXISTS (
        SELECT 1
        FROM pending_day
        WHERE
            pending_day.provider = daily_cost.provider
            AND pending_day.charge_day = daily_cost.charge_day
    )
GROUP BY provider, charge_day, billing_currency
