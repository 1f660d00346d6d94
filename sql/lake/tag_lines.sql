-- Usage cost of the view `counted_line` in the days [$first_day, $end_day) by day, resource and
-- tags, without $split, whose cost is in the others'. `exempt` has what cannot be tagged.
SELECT
    day,
    ProviderName AS provider_name,
    account_of(BillingAccountId, SubAccountId) AS payer_id,
    SubAccountId AS sub_account_id,
    ServiceName AS service_name,
    RegionId AS region_id,
    nullif(trim(ResourceId), '') AS resource_id,
    nullif(trim(ResourceName), '') AS resource_name,
    ResourceType AS resource_type,
    BillingCurrency AS billing_currency,
    Tags AS own_tags,
    exists(
        SELECT 1
        FROM exempt
        WHERE
            (
                len(exempt.providers) = 0
                OR list_contains(exempt.providers, counted_line.ProviderName)
            )
            AND (
                len(exempt.services) = 0
                OR list_contains(exempt.services, counted_line.ServiceName)
            )
            AND (
                len(exempt.sub_accounts) = 0
                OR coalesce(list_contains(exempt.sub_accounts, counted_line.SubAccountId), FALSE)
            )
            AND (
                len(exempt.resource_types) = 0
                OR coalesce(list_contains(exempt.resource_types, counted_line.ResourceType), FALSE)
            )
    ) AS is_exempt,
    max(ChargePeriodStart) AS seen_at,
    sum(EffectiveCost) AS cost
FROM counted_line
WHERE
    ChargeCategory = 'Usage'
    AND (ChargeClass IS NULL OR ChargeClass <> 'Correction')
    AND ProviderName <> $split
    AND day >= $first_day
    AND day < $end_day
GROUP BY ALL
