-- What does not count, by provider's day, currency, measure and reason, object by object; with
-- :pending_only = 1, of pending days.
SELECT
    provider,
    charge_day,
    billing_currency,
    measure,
    lines,
    amount,
    exact_amount
FROM displaced_line
WHERE
    :pending_only = 0
    OR EXISTS (
        SELECT 1
        FROM pending_day
        WHERE
            pending_day.provider = displaced_line.provider
            AND pending_day.charge_day = displaced_line.charge_day
    )
