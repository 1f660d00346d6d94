-- Azure cost details of an Enterprise or a Microsoft Customer Agreement, actual or amortized. What
-- buys a commitment is billed and costs nothing in effect; what is amortized of it costs in effect
-- and is not billed: so the two kinds of export need no telling apart.
WITH line AS (
    SELECT
        raw.*,
        lower(raw."ChargeType") AS charge,
        lower(replace(coalesce(raw."PricingModel", ''), ' ', '')) AS model,
        lower(replace(coalesce(raw."ResourceLocation", ''), ' ', '')) AS location_key,
        coalesce(nullif(raw."MeterCategory", 'Unassigned'), raw."ConsumedService") AS service_key,
        coalesce(raw."BenefitId", raw."ReservationId") AS commitment,
        coalesce(
            try_cast(raw."ExchangeRatePricingToBilling" AS decimal(38, 12)),
            cast(1 AS decimal(38, 12))
        ) AS rate,
        amount(raw."CostInBillingCurrency") AS cost,
        amount(raw."Quantity") AS units,
        -- a price of 0 is one that Microsoft leaves open, as beside a reservation
        nullif(amount(raw."UnitPrice"), 0) AS price,
        counted(raw."UnitOfMeasure") AS unit_of_units,
        nullif(amount(raw."PayGPrice"), 0) AS list_price
    FROM raw
),

kind AS (
    SELECT
        line.*,
        line.charge IN ('usage', 'purchase', 'refund') AS is_priced,
        line.charge IN ('unusedreservation', 'unusedsavingsplan') AS is_unused,
        CASE
            WHEN
                line.charge = 'unusedreservation' OR line.model IN ('reservation', 'reservations')
                THEN 'Reservation'
            WHEN
                line.charge = 'unusedsavingsplan' OR line.model IN ('savingsplan', 'savingsplans')
                THEN 'Savings Plan'
        END AS commitment_type
    FROM line
),

priced AS (
    SELECT
        kind.*,
        kind.is_unused
        OR (kind.charge = 'usage' AND kind.commitment_type IS NOT NULL) AS is_amortised,
        kind.charge IN ('purchase', 'refund')
        AND kind.commitment_type IS NOT NULL AS is_commitment,
        CASE WHEN kind.is_priced THEN product(kind.price, kind.rate) END AS contracted_price,
        CASE WHEN kind.is_priced THEN product(kind.list_price, kind.rate) END AS list_unit_price
    FROM kind
),

costed AS (
    SELECT
        priced.*,
        coalesce(product(priced.contracted_price, priced.units), priced.cost)
            AS contracted_cost
    FROM priced
)

SELECT
    'Microsoft' AS "ProviderName",
    coalesce(costed."PublisherName", 'Microsoft') AS "PublisherName",
    coalesce(costed."PartnerName", 'Microsoft') AS "InvoiceIssuerName",
    costed."InvoiceId",
    coalesce(costed."BillingProfileId", costed."BillingAccountId") AS "BillingAccountId",
    coalesce(costed."BillingProfileName", costed."BillingAccountName") AS "BillingAccountName",
    CASE WHEN costed."PricingCurrency" IS NULL THEN 'Billing Account' ELSE 'Billing Profile' END
        AS "BillingAccountType",
    costed."SubscriptionId" AS "SubAccountId",
    costed."SubscriptionName" AS "SubAccountName",
    CASE WHEN costed."SubscriptionId" IS NOT NULL THEN 'Subscription' END AS "SubAccountType",
    coalesce(instant(costed."BillingPeriodStartDate"), month_start(instant(costed."Date")))
        AS "BillingPeriodStart",
    coalesce(
        instant(costed."BillingPeriodEndDate") + INTERVAL 1 DAY, month_end(instant(costed."Date"))
    ) AS "BillingPeriodEnd",
    instant(costed."Date") AS "ChargePeriodStart",
    instant(costed."Date") + INTERVAL 1 DAY AS "ChargePeriodEnd",
    CASE
        WHEN costed.charge = 'usage' OR costed.is_unused THEN 'Usage'
        WHEN costed.charge IN ('purchase', 'refund') THEN 'Purchase'
        WHEN costed.charge = 'tax' THEN 'Tax'
        WHEN costed.charge = 'credit' THEN 'Credit'
        ELSE 'Adjustment'
    END AS "ChargeCategory",
    CASE WHEN costed.charge = 'refund' THEN 'Correction' END AS "ChargeClass",
    costed."ProductName" AS "ChargeDescription",
    CASE
        WHEN lower(costed."Frequency") = 'recurring' THEN 'Recurring'
        WHEN lower(costed."Frequency") = 'onetime' THEN 'One-Time'
        WHEN lower(costed."Frequency") = 'usagebased' OR costed.charge = 'usage' THEN 'Usage-Based'
        ELSE 'One-Time'
    END AS "ChargeFrequency",
    CASE WHEN costed.is_amortised THEN amount('0') ELSE costed.cost END AS "BilledCost",
    CASE WHEN costed.is_commitment THEN amount('0') ELSE costed.cost END AS "EffectiveCost",
    CASE
        WHEN costed.is_priced
            THEN coalesce(
                nullif(amount(costed."PaygCostInBillingCurrency"), 0),
                product(costed.list_unit_price, costed.units),
                costed.contracted_cost
            )
        ELSE costed.cost
    END AS "ListCost",
    costed.contracted_cost AS "ContractedCost",
    costed.list_unit_price AS "ListUnitPrice",
    costed.contracted_price AS "ContractedUnitPrice",
    CASE
        WHEN NOT (costed.is_priced OR costed.is_unused) THEN NULL
        WHEN costed.commitment_type IS NOT NULL THEN 'Committed'
        WHEN costed.model = 'spot' THEN 'Dynamic'
        ELSE 'Standard'
    END AS "PricingCategory",
    CASE WHEN costed.is_priced OR costed.is_unused THEN costed.units END AS "PricingQuantity",
    CASE WHEN costed.is_priced OR costed.is_unused THEN costed.unit_of_units END
        AS "PricingUnit",
    coalesce(costed."PricingCurrency", costed."BillingCurrencyCode", 'XXX') AS "PricingCurrency",
    CASE WHEN costed.is_priced THEN costed.price END AS "PricingCurrencyContractedUnitPrice",
    CASE
        WHEN costed.is_commitment THEN amount('0')
        WHEN costed."PricingCurrency" IS NULL THEN costed.cost
        ELSE amount(costed."CostInPricingCurrency")
    END AS "PricingCurrencyEffectiveCost",
    CASE WHEN costed.is_priced THEN costed.list_price END AS "PricingCurrencyListUnitPrice",
    coalesce(costed."BillingCurrencyCode", 'XXX') AS "BillingCurrency",
    CASE WHEN costed.charge = 'usage' THEN costed.units END AS "ConsumedQuantity",
    CASE WHEN costed.charge = 'usage' THEN costed.unit_of_units END AS "ConsumedUnit",
    coalesce(service.service_name, costed.service_key, costed."ProductName", 'Unassigned')
        AS "ServiceName",
    coalesce(service.service_category, 'Other') AS "ServiceCategory",
    coalesce(service.service_subcategory, 'Other (Other)') AS "ServiceSubcategory",
    coalesce(costed."ProductId", costed."MeterId") AS "SkuId",
    costed."MeterName" AS "SkuMeter",
    costed."PartNumber" AS "SkuPriceId",
    cast(NULL AS varchar) AS "SkuPriceDetails",
    costed."ResourceId",
    coalesce(costed."ResourceName", split_part(costed."ResourceId", '/', -1)) AS "ResourceName",
    nullif(
        regexp_extract(lower(costed."ResourceId"), '.*/providers/([^/]+/[^/]+)/', 1), ''
    ) AS "ResourceType",
    coalesce(region.region_id, nullif(nullif(costed.location_key, ''), 'unassigned'))
        AS "RegionId",
    coalesce(
        region.region_name,
        CASE WHEN costed.location_key NOT IN ('', 'unassigned') THEN costed."ResourceLocation" END
    ) AS "RegionName",
    costed."AvailabilityZone",
    costed.commitment AS "CommitmentDiscountId",
    coalesce(costed."BenefitName", costed."ReservationName") AS "CommitmentDiscountName",
    CASE
        WHEN costed.commitment IS NULL THEN NULL
        WHEN costed.commitment_type = 'Reservation' THEN 'Usage'
        WHEN costed.commitment_type = 'Savings Plan' THEN 'Spend'
    END AS "CommitmentDiscountCategory",
    CASE WHEN costed.commitment IS NOT NULL THEN costed.commitment_type END
        AS "CommitmentDiscountType",
    CASE
        WHEN costed.commitment IS NULL THEN NULL
        WHEN costed.is_unused THEN 'Unused'
        WHEN costed.is_amortised THEN 'Used'
    END AS "CommitmentDiscountStatus",
    CASE
        WHEN costed.commitment IS NULL THEN NULL
        WHEN costed.commitment_type = 'Reservation' THEN costed.units
        WHEN costed.commitment_type = 'Savings Plan' THEN costed.cost
    END AS "CommitmentDiscountQuantity",
    CASE
        WHEN costed.commitment IS NULL THEN NULL
        WHEN costed.commitment_type = 'Reservation' THEN costed.unit_of_units
        WHEN costed.commitment_type = 'Savings Plan' THEN costed."BillingCurrencyCode"
    END AS "CommitmentDiscountUnit",
    cast(NULL AS varchar) AS "CapacityReservationId",
    cast(NULL AS varchar) AS "CapacityReservationStatus",
    json_tags(costed."Tags") AS "Tags",
    cast(NULL AS varchar) AS x_reference_number,
    cast(NULL AS varchar) AS x_back_reference_number,
    cast(NULL AS varchar) AS x_compartment_path,
    cast(NULL AS varchar) AS x_overage_flag,
    cast(NULL AS decimal(38, 24)) AS x_billed_quantity_overage,
    cast(NULL AS decimal(38, 24)) AS x_cost_overage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_usage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_cost,
    costed.x_extra,
    costed.x_exact,
    costed.record_number AS x_record_number
FROM costed
LEFT JOIN service_reference service
    ON
        service.provider_name = 'Microsoft'
        AND lower(costed.service_key) = service.service_key
LEFT JOIN region_reference region
    ON
        region.provider_name = 'Microsoft'
        AND costed.location_key = region.region_key
