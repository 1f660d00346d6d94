-- OCI cost report (reports/cost-csv/). The cost is cost/myCost, never cost/myCostOverage. Oracle
-- delivers the contracted price only: ListCost, which may not be null, repeats the contracted cost;
-- ListUnitPrice stays NULL, not invented. Prices are in the currency that is billed.
SELECT
    'Oracle' AS "ProviderName",
    'Oracle' AS "PublisherName",
    'Oracle' AS "InvoiceIssuerName",
    cast(NULL AS varchar) AS "InvoiceId",
    raw."lineItem/tenantId" AS "BillingAccountId",
    cast(NULL AS varchar) AS "BillingAccountName",
    'Tenancy' AS "BillingAccountType",
    raw."product/compartmentId" AS "SubAccountId",
    raw."product/compartmentName" AS "SubAccountName",
    CASE WHEN raw."product/compartmentId" IS NOT NULL THEN 'Compartment' END AS "SubAccountType",
    month_start(instant(raw."lineItem/intervalUsageStart")) AS "BillingPeriodStart",
    month_end(instant(raw."lineItem/intervalUsageStart")) AS "BillingPeriodEnd",
    instant(raw."lineItem/intervalUsageStart") AS "ChargePeriodStart",
    instant(raw."lineItem/intervalUsageEnd") AS "ChargePeriodEnd",
    'Usage' AS "ChargeCategory",
    CASE
        WHEN
            lower(raw."lineItem/isCorrection") = 'true'
            AND raw."lineItem/backreferenceNo" <> raw."lineItem/referenceNo"
            THEN 'Correction'
    END AS "ChargeClass",
    raw."product/Description" AS "ChargeDescription",
    'Usage-Based' AS "ChargeFrequency",
    amount(raw."cost/myCost") AS "BilledCost",
    amount(raw."cost/myCost") AS "EffectiveCost",
    amount(raw."cost/myCost") AS "ListCost",
    amount(raw."cost/myCost") AS "ContractedCost",
    cast(NULL AS decimal(38, 24)) AS "ListUnitPrice",
    amount(raw."cost/unitPrice") AS "ContractedUnitPrice",
    'Standard' AS "PricingCategory",
    amount(raw."usage/billedQuantity") AS "PricingQuantity",
    unit(raw."cost/skuUnitDescription") AS "PricingUnit",
    coalesce(raw."cost/currencyCode", 'XXX') AS "PricingCurrency",
    amount(raw."cost/unitPrice") AS "PricingCurrencyContractedUnitPrice",
    amount(raw."cost/myCost") AS "PricingCurrencyEffectiveCost",
    cast(NULL AS decimal(38, 24)) AS "PricingCurrencyListUnitPrice",
    coalesce(raw."cost/currencyCode", 'XXX') AS "BillingCurrency",
    amount(raw."usage/billedQuantity") AS "ConsumedQuantity",
    unit(raw."cost/skuUnitDescription") AS "ConsumedUnit",
    raw."product/service" AS "ServiceName",
    coalesce(service.service_category, 'Other') AS "ServiceCategory",
    coalesce(service.service_subcategory, 'Other (Other)') AS "ServiceSubcategory",
    raw."cost/productSku" AS "SkuId",
    CASE WHEN raw."cost/productSku" IS NOT NULL THEN raw."product/Description" END AS "SkuMeter",
    raw."cost/productSku" AS "SkuPriceId",
    cast(NULL AS varchar) AS "SkuPriceDetails",
    raw."product/resourceId" AS "ResourceId",
    cast(NULL AS varchar) AS "ResourceName",
    resource_type(raw."product/resourceId") AS "ResourceType",
    raw."product/region" AS "RegionId",
    coalesce(region.region_name, raw."product/region") AS "RegionName",
    raw."product/availabilityDomain" AS "AvailabilityZone",
    cast(NULL AS varchar) AS "CommitmentDiscountId",
    cast(NULL AS varchar) AS "CommitmentDiscountName",
    cast(NULL AS varchar) AS "CommitmentDiscountCategory",
    cast(NULL AS varchar) AS "CommitmentDiscountType",
    cast(NULL AS varchar) AS "CommitmentDiscountStatus",
    cast(NULL AS decimal(38, 24)) AS "CommitmentDiscountQuantity",
    cast(NULL AS varchar) AS "CommitmentDiscountUnit",
    cast(NULL AS varchar) AS "CapacityReservationId",
    cast(NULL AS varchar) AS "CapacityReservationStatus",
    raw.tags AS "Tags",
    raw."lineItem/referenceNo" AS x_reference_number,
    raw."lineItem/backreferenceNo" AS x_back_reference_number,
    raw."product/compartmentPath" AS x_compartment_path,
    raw."cost/overageFlag" AS x_overage_flag,
    amount(raw."usage/billedQuantityOverage") AS x_billed_quantity_overage,
    amount(raw."cost/myCostOverage") AS x_cost_overage,
    amount(raw."usage/attributedUsage") AS x_attributed_usage,
    amount(raw."cost/attributedCost") AS x_attributed_cost,
    raw.x_extra,
    raw.x_exact,
    raw.record_number AS x_record_number
FROM raw
LEFT JOIN service_reference service
    ON
        'Oracle' = service.provider_name
        AND lower(raw."product/service") = service.service_key
LEFT JOIN region_reference region
    ON
        'Oracle' = region.provider_name
        AND lower(raw."product/region") = region.region_key
