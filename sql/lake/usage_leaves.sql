-- Usage cost of the view `counted_line` by day and everything that may explain it, over the days
-- [$first_day, $end_day) and in one currency. Of $any_provider and the like, 0 asks for the lines
-- that say what $provider_name and the like say, also where that is NULL; 1 for all but $split.
-- $tag_keys are the tags that are looked at.
SELECT
    day,
    ProviderName AS provider_name,
    SubAccountId AS sub_account_id,
    RegionId AS region_id,
    ServiceName AS service_name,
    SkuId AS sku_id,
    ResourceId AS resource_id,
    list_transform($tag_keys, LAMBDA k: Tags[k]) AS tag_values,
    cast(sum(EffectiveCost) AS DOUBLE) AS cost
FROM counted_line
WHERE
    ChargeCategory = 'Usage'
    AND (ChargeClass IS NULL OR ChargeClass <> 'Correction')
    AND BillingCurrency = $billing_currency
    AND day >= $first_day
    AND day < $end_day
    AND CASE
        WHEN $any_provider_name = 1 THEN ProviderName <> $split
        ELSE ProviderName IS NOT DISTINCT FROM $provider_name
    END
    AND ($any_service_name = 1 OR ServiceName IS NOT DISTINCT FROM $service_name)
    AND ($any_sub_account_id = 1 OR SubAccountId IS NOT DISTINCT FROM $sub_account_id)
    AND ($any_region_id = 1 OR RegionId IS NOT DISTINCT FROM $region_id)
    AND ($any_tag = 1 OR Tags[$tag_key] IS NOT DISTINCT FROM $tag_value)
GROUP BY ALL
