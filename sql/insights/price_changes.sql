-- The unit prices that changed, by what that costs or saves.
SELECT
    change_day,
    billing_currency,
    provider_name,
    service_name,
    region_id,
    sku_id,
    unit,
    price_before,
    price_after,
    effect_cost
FROM unit_price_change
ORDER BY
    billing_currency ASC,
    ABS(effect_cost) DESC,
    change_day ASC,
    item_id ASC
