-- What was bought in each of the spans of its currency, of the relations `metered` and `span`
-- (billing_currency, compared, side, first_day, last_day).
SELECT
    span.compared,
    span.side,
    metered.billing_currency,
    metered.provider_name,
    metered.service_name,
    metered.sub_account_id,
    metered.region_id,
    metered.sku_id,
    metered.unit,
    total(metered.quantity) AS quantity,
    total(metered.cost) AS cost
FROM metered
INNER JOIN span
    ON
        metered.billing_currency = span.billing_currency
        AND metered.charge_day BETWEEN span.first_day AND span.last_day
GROUP BY ALL
ORDER BY ALL
