-- The view `counted_line` rolled up to the grain of daily_cost. A line's tag set is what it says of
-- the configured tag keys ($tag_keys), in their order; lines without any of them share one tag set.
-- Texts too long for the warehouse are cut there; the grain is that of the whole texts.
WITH tagged AS (
    SELECT
        counted_line.*,
        md5(to_json(
            list_filter(
                list_transform($tag_keys, LAMBDA k: [k, Tags[k]]),
                LAMBDA pair: pair[2] IS NOT NULL
            )
        )) AS tag_set_id
    FROM counted_line
),

rolled AS (
    SELECT
        provider,
        day AS charge_day,
        ProviderName AS provider_name,
        BillingAccountId AS billing_account_id,
        SubAccountId AS sub_account_id,
        RegionId AS region_id,
        ServiceName AS service_name,
        SkuId AS sku_id,
        PricingUnit AS pricing_unit,
        ConsumedUnit AS consumed_unit,
        ChargeCategory AS charge_category,
        ChargeClass AS charge_class,
        BillingCurrency AS billing_currency,
        tag_set_id,
        total(BilledCost) AS billed_cost,
        total(EffectiveCost) AS effective_cost,
        total(ListCost) AS list_cost,
        total(ContractedCost) AS contracted_cost,
        total(PricingQuantity) AS pricing_quantity,
        total(ConsumedQuantity) AS consumed_quantity,
        count(*) AS line_count
    FROM tagged
    GROUP BY ALL
)

SELECT
    md5(to_json(
        [
            provider, cast(charge_day AS VARCHAR), provider_name, billing_account_id,
            sub_account_id, region_id, service_name, sku_id, pricing_unit, consumed_unit,
            charge_category, charge_class, billing_currency, tag_set_id
        ]
    )) AS grain_key,
    rolled.* REPLACE (
        fitted(provider_name, 256) AS provider_name,
        fitted(billing_account_id, 512) AS billing_account_id,
        fitted(sub_account_id, 512) AS sub_account_id,
        fitted(region_id, 256) AS region_id,
        fitted(service_name, 512) AS service_name,
        fitted(sku_id, 512) AS sku_id,
        fitted(pricing_unit, 256) AS pricing_unit,
        fitted(consumed_unit, 256) AS consumed_unit,
        fitted(charge_category, 64) AS charge_category,
        fitted(charge_class, 64) AS charge_class
    ),
    cast($mart_version AS BIGINT) AS mart_version
FROM rolled
