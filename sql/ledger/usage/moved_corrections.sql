-- What the reports charge on one day to correct another day of [:first_day, :end_day), by the day
-- that is corrected: a usage API may tell it there.
SELECT
    corrected_day AS charge_day,
    service_name,
    billing_currency,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost
FROM correction
WHERE
    provider = :provider_name
    AND corrected_day >= :first_day
    AND corrected_day < :end_day
    AND corrected_day <> charge_day
    AND (
        :account_id IS NULL
        OR account = :account_id
        OR billing_account_id = :account_id
    )
GROUP BY
    corrected_day,
    service_name,
    billing_currency
