-- OCI FOCUS report: FOCUS 1.0-preview names (read by alias) or 1.0 names, and Oracle's own oci_*.
SELECT
    raw."ProviderName",
    raw."PublisherName",
    raw."InvoiceIssuerName",
    cast(NULL AS varchar) AS "InvoiceId",
    raw."BillingAccountId",
    raw."BillingAccountName",
    'Tenancy' AS "BillingAccountType",
    raw."SubAccountId",
    raw."SubAccountName",
    CASE WHEN raw."SubAccountId" IS NOT NULL THEN 'Compartment' END AS "SubAccountType",
    instant(raw."BillingPeriodStart") AS "BillingPeriodStart",
    instant(raw."BillingPeriodEnd") AS "BillingPeriodEnd",
    instant(raw."ChargePeriodStart") AS "ChargePeriodStart",
    instant(raw."ChargePeriodEnd") AS "ChargePeriodEnd",
    raw."ChargeCategory",
    coalesce(
        raw."ChargeClass",
        CASE
            WHEN
                raw."ChargeCategory" = 'Adjustment'
                AND raw."oci_BackReferenceNumber" <> raw."oci_ReferenceNumber"
                THEN 'Correction'
        END
    ) AS "ChargeClass",
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
    coalesce(
        raw."PricingCategory",
        CASE
            WHEN raw."ChargeCategory" NOT IN ('Usage', 'Purchase') THEN NULL
            WHEN raw."ChargeSubcategory" IN ('Used Commitment', 'Unused Commitment')
                THEN 'Committed'
            ELSE 'Standard'
        END
    ) AS "PricingCategory",
    amount(raw."PricingQuantity") AS "PricingQuantity",
    unit(raw."PricingUnit") AS "PricingUnit",
    coalesce(raw."BillingCurrency", 'XXX') AS "PricingCurrency",
    amount(contracted_price(
        raw."ContractedUnitPrice", raw."ContractedCost", raw."ListUnitPrice"
    )) AS "PricingCurrencyContractedUnitPrice",
    amount(raw."EffectiveCost") AS "PricingCurrencyEffectiveCost",
    amount(raw."ListUnitPrice") AS "PricingCurrencyListUnitPrice",
    coalesce(raw."BillingCurrency", 'XXX') AS "BillingCurrency",
    amount(raw."ConsumedQuantity") AS "ConsumedQuantity",
    unit(raw."ConsumedUnit") AS "ConsumedUnit",
    raw."ServiceName",
    category(raw."ServiceCategory", service.service_category) AS "ServiceCategory",
    subcategory(
        NULL,
        category(raw."ServiceCategory", service.service_category),
        service.service_category,
        service.service_subcategory
    ) AS "ServiceSubcategory",
    raw."SkuId",
    CASE WHEN raw."SkuId" IS NOT NULL THEN raw."ChargeDescription" END AS "SkuMeter",
    CASE
        WHEN raw."ChargeCategory" = 'Tax' THEN raw."SkuPriceId"
        ELSE coalesce(raw."SkuPriceId", raw."SkuId")
    END AS "SkuPriceId",
    cast(NULL AS varchar) AS "SkuPriceDetails",
    raw."ResourceId",
    raw."ResourceName",
    coalesce(raw."ResourceType", resource_type(raw."ResourceId")) AS "ResourceType",
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
    coalesce(
        raw."CommitmentDiscountStatus",
        CASE raw."ChargeSubcategory"
            WHEN 'Used Commitment' THEN 'Used'
            WHEN 'Unused Commitment' THEN 'Unused'
        END
    ) AS "CommitmentDiscountStatus",
    cast(NULL AS decimal(38, 24)) AS "CommitmentDiscountQuantity",
    cast(NULL AS varchar) AS "CommitmentDiscountUnit",
    cast(NULL AS varchar) AS "CapacityReservationId",
    cast(NULL AS varchar) AS "CapacityReservationStatus",
    json_tags(raw."Tags") AS "Tags",
    raw."oci_ReferenceNumber" AS x_reference_number,
    raw."oci_BackReferenceNumber" AS x_back_reference_number,
    cast(NULL AS varchar) AS x_compartment_path,
    raw."oci_OverageFlag" AS x_overage_flag,
    amount(raw."oci_BilledQuantityOverage") AS x_billed_quantity_overage,
    amount(raw."oci_CostOverage") AS x_cost_overage,
    amount(raw."oci_AttributedUsage") AS x_attributed_usage,
    amount(raw."oci_AttributedCost") AS x_attributed_cost,
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
