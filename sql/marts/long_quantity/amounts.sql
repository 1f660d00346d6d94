-- The sums that daily_cost has no room for; with :pending_only = 1, of pending days.
SELECT
    provider,
    charge_day,
    billing_currency,
    measure,
    exact_amount
FROM long_quantity
WHERE
    :pending_only = 0
    OR EXISTS (
        SELECT 1
        FROM pending_day
        WHERE
            pending_day.provider = long_quantity.provider
            AND pending_day.charge_day = long_quantity.charge_day
    )
