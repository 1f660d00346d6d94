-- What of each SKU was bought on each day up to the last one that is known, by what has a price of
-- its own; of the relations `metered` and `known` (billing_currency, last_day). Decimals with room
-- for any sum are added up, so that it comes out the same in any order.
SELECT
    md5(to_json(
        [
            metered.billing_currency, metered.provider_name, metered.service_name,
            metered.region_id, metered.sku_id, metered.unit
        ]
    )) AS item_id,
    metered.billing_currency,
    metered.provider_name,
    metered.service_name,
    metered.region_id,
    metered.sku_id,
    metered.unit,
    metered.charge_day,
    cast(sum(cast(metered.quantity AS DECIMAL(38, 14))) AS DOUBLE) AS quantity,
    cast(sum(cast(metered.cost AS DECIMAL(38, 14))) AS DOUBLE) AS cost
FROM metered
INNER JOIN known ON metered.billing_currency = known.billing_currency
WHERE
    metered.charge_day <= known.last_day
    AND metered.sku_id IS NOT NULL
    AND metered.unit IS NOT NULL
GROUP BY ALL
ORDER BY ALL
