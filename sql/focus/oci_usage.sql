-- OCI usage report (reports/usage-csv/): quantities only. It says no cost and no currency, so every
-- cost is 0 and the currency is XXX unless the source's setting says one.
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
    raw."product/resource" AS "ChargeDescription",
    'Usage-Based' AS "ChargeFrequency",
    cast(0 AS decimal(38, 24)) AS "BilledCost",
    cast(0 AS decimal(38, 24)) AS "EffectiveCost",
    cast(0 AS decimal(38, 24)) AS "ListCost",
    cast(0 AS decimal(38, 24)) AS "ContractedCost",
    cast(NULL AS decimal(38, 24)) AS "ListUnitPrice",
    cast(NULL AS decimal(38, 24)) AS "ContractedUnitPrice",
    'Standard' AS "PricingCategory",
    amount(raw."usage/billedQuantity") AS "PricingQuantity",
    CASE
        WHEN raw."usage/billedQuantity" IS NOT NULL THEN raw."usage/consumedQuantityUnits"
    END AS "PricingUnit",
    coalesce(raw.currency, 'XXX') AS "PricingCurrency",
    cast(NULL AS decimal(38, 24)) AS "PricingCurrencyContractedUnitPrice",
    cast(0 AS decimal(38, 24)) AS "PricingCurrencyEffectiveCost",
    cast(NULL AS decimal(38, 24)) AS "PricingCurrencyListUnitPrice",
    coalesce(raw.currency, 'XXX') AS "BillingCurrency",
    amount(raw."usage/consumedQuantity") AS "ConsumedQuantity",
    CASE
        WHEN raw."usage/consumedQuantity" IS NOT NULL THEN raw."usage/consumedQuantityUnits"
    END AS "ConsumedUnit",
    raw."product/service" AS "ServiceName",
    coalesce(service.service_category, 'Other') AS "ServiceCategory",
    coalesce(service.service_subcategory, 'Other (Other)') AS "ServiceSubcategory",
    cast(NULL AS varchar) AS "SkuId",
    cast(NULL AS varchar) AS "SkuMeter",
    cast(NULL AS varchar) AS "SkuPriceId",
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
        'Oracle' = service.provider_name
        AND lower(raw."product/service") = service.service_key
LEFT JOIN region_reference region
    ON
        'Oracle' = region.provider_name
        AND lower(raw."product/region") = region.region_key
