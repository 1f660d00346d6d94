-- What was bought on the lines of `counted_line`, as sql/insights/bought.sql tells it from the
-- warehouse; $split names what is in the others' cost.
SELECT
    day AS charge_day,
    BillingCurrency AS billing_currency,
    fitted(ProviderName, 256) AS provider_name,
    fitted(ServiceName, 512) AS service_name,
    fitted(SubAccountId, 512) AS sub_account_id,
    fitted(RegionId, 256) AS region_id,
    fitted(SkuId, 512) AS sku_id,
    fitted(PricingUnit, 256) AS pricing_unit,
    fitted(ConsumedUnit, 256) AS consumed_unit,
    try_cast(coalesce(sum(cast(PricingQuantity AS DECIMAL(38, 18))), 0) AS DECIMAL(38, 24))
        AS pricing_quantity,
    try_cast(coalesce(sum(cast(ConsumedQuantity AS DECIMAL(38, 18))), 0) AS DECIMAL(38, 24))
        AS consumed_quantity,
    sum(EffectiveCost) AS cost
FROM counted_line
WHERE
    ChargeCategory = 'Usage'
    AND (ChargeClass IS NULL OR ChargeClass <> 'Correction')
    AND ProviderName <> $split
GROUP BY ALL
