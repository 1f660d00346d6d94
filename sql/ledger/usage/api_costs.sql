-- What the API answered by day, service and currency, with how far off its figures may be.
SELECT
    charge_day,
    service_name,
    billing_currency,
    SUM(billed_cost) AS billed_cost,
    SUM(effective_cost) AS effective_cost,
    SUM(rounding_bound) AS rounding_bound
FROM usage_api_cost
WHERE
    source = :source_name
    AND query NOT LIKE 'tag:%'
    AND charge_day >= :first_day
    AND charge_day < :end_day
GROUP BY
    charge_day,
    service_name,
    billing_currency
