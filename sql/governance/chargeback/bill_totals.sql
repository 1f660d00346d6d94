-- The bill of [:first_day, :end_day) by currency, each cost by itself.
SELECT
    billing_currency,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost,
    SUM(contracted_cost) AS contracted_cost,
    SUM(list_cost) AS list_cost
FROM daily_cost
WHERE
    charge_day >= :first_day
    AND charge_day < :end_day
    AND provider_name <> :split
GROUP BY billing_currency
