-- The sums of daily_cost by provider's day and currency; with :pending_only = 1, of pending days.
-- Quantities of every unit are added up for the proof alone, and may come to more than an amount
-- holds: their whole parts and fractions are summed apart.
SELECT
    provider,
    charge_day,
    billing_currency,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost,
    SUM(list_cost) AS list_cost,
    SUM(contracted_cost) AS contracted_cost,
    CAST(SUM(TRUNC(pricing_quantity)) AS DECIMAL(38, 0)) AS pricing_quantity,
    SUM(pricing_quantity - TRUNC(pricing_quantity)) AS pricing_fraction,
    CAST(SUM(TRUNC(consumed_quantity)) AS DECIMAL(38, 0)) AS consumed_quantity,
    SUM(consumed_quantity - TRUNC(consumed_quantity)) AS consumed_fraction,
    SUM(line_count) AS line_count
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
