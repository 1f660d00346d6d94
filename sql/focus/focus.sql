-- FOCUS 1.0-1.3 of any provider: the columns as delivered. What 1.2 has no place for is in x_extra.
SELECT
    raw."ProviderName",
    raw."PublisherName",
    raw."InvoiceIssuerName",
    raw."InvoiceId",
    raw."BillingAccountId",
    raw."BillingAccountName",
    raw."BillingAccountType",
    raw."SubAccountId",
    raw."SubAccountName",
    raw."SubAccountType",
    instant(raw."BillingPeriodStart") AS "BillingPeriodStart",
    instant(raw."BillingPeriodEnd") AS "BillingPeriodEnd",
    instant(raw."ChargePeriodStart") AS "ChargePeriodStart",
    instant(raw."ChargePeriodEnd") AS "ChargePeriodEnd",
    raw."ChargeCategory",
    raw."ChargeClass",
    raw."ChargeDescription",
    raw."ChargeFrequency",
    amount(raw."BilledCost") AS "BilledCost",
    amount(raw."EffectiveCost") AS "EffectiveCost",
    amount(coalesce(raw."ListCost", raw."ContractedCost", raw."BilledCost")) AS "ListCost",
    amount(coalesce(raw."ContractedCost", raw."ListCost", raw."BilledCost")) AS "ContractedCost",
    amount(raw."ListUnitPrice") AS "ListUnitPrice",
    amount(contracted_price(
        raw."ContractedUnitPrice", raw."ContractedCost", raw."ListUnitPrice"
    )) AS "ContractedUnitPrice",
    raw."PricingCategory",
    amount(raw."PricingQuantity") AS "PricingQuantity",
    raw."PricingUnit",
    coalesce(raw."PricingCurrency", raw."BillingCurrency", 'XXX') AS "PricingCurrency",
    in_pricing_currency(
        raw."PricingCurrencyContractedUnitPrice",
        contracted_price(raw."ContractedUnitPrice", raw."ContractedCost", raw."ListUnitPrice"),
        raw."PricingCurrency", raw."BillingCurrency"
    ) AS "PricingCurrencyContractedUnitPrice",
    in_pricing_currency(
        raw."PricingCurrencyEffectiveCost", raw."EffectiveCost",
        raw."PricingCurrency", raw."BillingCurrency"
    ) AS "PricingCurrencyEffectiveCost",
    in_pricing_currency(
        raw."PricingCurrencyListUnitPrice", raw."ListUnitPrice",
        raw."PricingCurrency", raw."BillingCurrency"
    ) AS "PricingCurrencyListUnitPrice",
    coalesce(raw."BillingCurrency", 'XXX') AS "BillingCurrency",
    amount(raw."ConsumedQuantity") AS "ConsumedQuantity",
    raw."ConsumedUnit",
    raw."ServiceName",
    category(raw."ServiceCategory", service.service_category) AS "ServiceCategory",
    subcategory(
        raw."ServiceSubcategory",
        category(raw."ServiceCategory", service.service_category),
        service.service_category,
        service.service_subcategory
    ) AS "ServiceSubcategory",
    raw."SkuId",
    raw."SkuMeter",
    raw."SkuPriceId",
    raw."SkuPriceDetails",
    raw."ResourceId",
    raw."ResourceName",
    raw."ResourceType",
    coalesce(raw."RegionId", region.region_id) AS "RegionId",
    CASE
        WHEN raw."RegionId" IS NULL THEN coalesce(region.region_name, raw."RegionName")
        ELSE coalesce(raw."RegionName", region.region_name, raw."RegionId")
    END AS "RegionName",
    raw."AvailabilityZone",
    raw."CommitmentDiscountId",
    raw."CommitmentDiscountName",
    raw."CommitmentDiscountCategory",
    raw."CommitmentDiscountType",
    raw."CommitmentDiscountStatus",
    amount(raw."CommitmentDiscountQuantity") AS "CommitmentDiscountQuantity",
    raw."CommitmentDiscountUnit",
    raw."CapacityReservationId",
    raw."CapacityReservationStatus",
    json_tags(raw."Tags") AS "Tags",
    cast(NULL AS varchar) AS x_reference_number,
    cast(NULL AS varchar) AS x_back_reference_number,
    cast(NULL AS varchar) AS x_compartment_path,
    cast(NULL AS varchar) AS x_overage_flag,
    cast(NULL AS decimal(38, 24)) AS x_billed_quantity_overage,
    cast(NULL AS decimal(38, 24)) AS x_cost_overage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_usage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_cost,
    raw.x_extra,
    raw.x_exact,
    raw.record_number AS x_record_number
FROM raw
LEFT JOIN service_reference service
    ON
        raw."ProviderName" = service.provider_name
        AND lower(raw."ServiceName") = service.service_key
LEFT JOIN region_reference region
    ON
        raw."ProviderName" = region.provider_name
        AND lower(coalesce(raw."RegionId", raw."RegionName")) = region.region_key
