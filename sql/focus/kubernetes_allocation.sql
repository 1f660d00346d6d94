-- OpenCost and Kubecost allocations: the cost of a cluster's nodes, split over what ran on them.
-- The provider bills the nodes, nobody the split: BilledCost is 0, the other costs are the split.
WITH line AS (
    SELECT
        raw.*,
        map_concat(json_tags(raw."Labels"), raw.tags) AS every_label,
        -- __idle__, __unallocated__, __unmounted__: what no namespace used
        nullif(
            regexp_extract(
                concat_ws('/', raw."Namespace", raw."Name"), '__(idle|unallocated|unmounted)__'
            ),
            ''
        ) AS nobody,
        CASE lower(raw.cloud_provider)
            WHEN 'aws' THEN 'AWS'
            WHEN 'azure' THEN 'Microsoft'
            WHEN 'gcp' THEN 'Google Cloud'
            WHEN 'oci' THEN 'Oracle'
            WHEN 'oracle' THEN 'Oracle'
        END AS provider
    FROM raw
),

owned AS (
    SELECT
        line.*,
        coalesce(
            CASE
                WHEN line.sub_account_label IS NULL THEN line."Namespace"
                ELSE line.every_label[line.sub_account_label]
            END,
            line.nobody
        ) AS owner,
        stated(
            [
                ('cluster', line."Cluster"),
                ('cloud_provider', line.cloud_provider),
                ('namespace', line."Namespace"),
                ('controller_kind', line."ControllerKind"),
                ('controller', line."Controller"),
                ('pod', line."Pod"),
                ('container', line."Container"),
                ('node', line."Node"),
                ('provider_id', line."ProviderID"),
                ('name', line."Name")
            ]
        ) AS place
    FROM line
)

SELECT
    'Kubernetes' AS "ProviderName",
    'Kubernetes' AS "PublisherName",
    'Kubernetes' AS "InvoiceIssuerName",
    cast(NULL AS varchar) AS "InvoiceId",
    owned.billing_account_id AS "BillingAccountId",
    cast(NULL AS varchar) AS "BillingAccountName",
    CASE owned.provider
        WHEN 'AWS' THEN 'Payer Account'
        WHEN 'Oracle' THEN 'Tenancy'
        ELSE 'Billing Account'
    END AS "BillingAccountType",
    owned.owner AS "SubAccountId",
    owned.owner AS "SubAccountName",
    CASE
        WHEN owned.owner IS NOT NULL
            THEN coalesce('Label ' || owned.sub_account_label, 'Namespace')
    END AS "SubAccountType",
    month_start(instant(owned."Date")) AS "BillingPeriodStart",
    month_end(instant(owned."Date")) AS "BillingPeriodEnd",
    instant(owned."Date") AS "ChargePeriodStart",
    coalesce(instant(owned."WindowEnd"), instant(owned."Date") + INTERVAL 1 DAY)
        AS "ChargePeriodEnd",
    'Usage' AS "ChargeCategory",
    cast(NULL AS varchar) AS "ChargeClass",
    CASE owned.nobody
        WHEN '__idle__' THEN 'Idle capacity of cluster ' || owned."Cluster"
        WHEN '__unmounted__' THEN 'Unmounted volumes of cluster ' || owned."Cluster"
        WHEN '__unallocated__' THEN 'Unallocated cost of cluster ' || owned."Cluster"
        ELSE 'Share of cluster ' || owned."Cluster"
    END AS "ChargeDescription",
    'Usage-Based' AS "ChargeFrequency",
    cast(0 AS decimal(38, 24)) AS "BilledCost",
    amount(owned."TotalCost") AS "EffectiveCost",
    amount(owned."TotalCost") AS "ListCost",
    amount(owned."TotalCost") AS "ContractedCost",
    cast(NULL AS decimal(38, 24)) AS "ListUnitPrice",
    cast(NULL AS decimal(38, 24)) AS "ContractedUnitPrice",
    'Standard' AS "PricingCategory",
    cast(NULL AS decimal(38, 24)) AS "PricingQuantity",
    cast(NULL AS varchar) AS "PricingUnit",
    owned.currency AS "PricingCurrency",
    cast(NULL AS decimal(38, 24)) AS "PricingCurrencyContractedUnitPrice",
    amount(owned."TotalCost") AS "PricingCurrencyEffectiveCost",
    cast(NULL AS decimal(38, 24)) AS "PricingCurrencyListUnitPrice",
    owned.currency AS "BillingCurrency",
    cast(NULL AS decimal(38, 24)) AS "ConsumedQuantity",
    cast(NULL AS varchar) AS "ConsumedUnit",
    'Kubernetes' AS "ServiceName",
    'Compute' AS "ServiceCategory",
    'Containers' AS "ServiceSubcategory",
    cast(NULL AS varchar) AS "SkuId",
    cast(NULL AS varchar) AS "SkuMeter",
    cast(NULL AS varchar) AS "SkuPriceId",
    cast(NULL AS varchar) AS "SkuPriceDetails",
    concat_ws(
        '/',
        owned."Cluster",
        coalesce(owned."Namespace", owned.nobody),
        coalesce(owned."Pod", owned."Controller"),
        owned."Container"
    ) AS "ResourceId",
    coalesce(owned."Container", owned."Pod", owned."Controller", owned."Namespace", owned.nobody)
        AS "ResourceName",
    CASE
        WHEN owned."Container" IS NOT NULL THEN 'Container'
        WHEN owned."Pod" IS NOT NULL THEN 'Pod'
        WHEN owned."Controller" IS NOT NULL THEN coalesce(owned."ControllerKind", 'Controller')
        WHEN owned."Namespace" IS NOT NULL AND owned.nobody IS NULL THEN 'Namespace'
        ELSE 'Cluster'
    END AS "ResourceType",
    owned.region AS "RegionId",
    coalesce(region.region_name, owned.region) AS "RegionName",
    cast(NULL AS varchar) AS "AvailabilityZone",
    cast(NULL AS varchar) AS "CommitmentDiscountId",
    cast(NULL AS varchar) AS "CommitmentDiscountName",
    cast(NULL AS varchar) AS "CommitmentDiscountCategory",
    cast(NULL AS varchar) AS "CommitmentDiscountType",
    cast(NULL AS varchar) AS "CommitmentDiscountStatus",
    cast(NULL AS decimal(38, 24)) AS "CommitmentDiscountQuantity",
    cast(NULL AS varchar) AS "CommitmentDiscountUnit",
    cast(NULL AS varchar) AS "CapacityReservationId",
    cast(NULL AS varchar) AS "CapacityReservationStatus",
    owned.every_label AS "Tags",
    cast(NULL AS varchar) AS x_reference_number,
    cast(NULL AS varchar) AS x_back_reference_number,
    cast(NULL AS varchar) AS x_compartment_path,
    cast(NULL AS varchar) AS x_overage_flag,
    cast(NULL AS decimal(38, 24)) AS x_billed_quantity_overage,
    cast(NULL AS decimal(38, 24)) AS x_cost_overage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_usage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_cost,
    map_concat(owned.x_extra, owned.place) AS x_extra,
    owned.x_exact,
    owned.record_number AS x_record_number
FROM owned
LEFT JOIN region_reference region
    ON
        owned.provider = region.provider_name
        AND lower(owned.region) = region.region_key
