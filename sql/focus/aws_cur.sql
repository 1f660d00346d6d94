-- AWS Cost and Usage Report, legacy or 2.0: what a line costs depends on its line item type. The
-- net columns, which only accounts with a negotiated discount have, count where they have a value.
-- A pod's or a task's share of a machine is in the machine's own line: all it says is split_...
WITH typed AS (
    SELECT
        raw.*,
        CASE
            WHEN raw.line_item_operation IN ('EKSPod-EC2', 'ECSTask-EC2') THEN 'Split'
            ELSE raw.line_item_line_item_type
        END AS line_type
    FROM raw
),

line AS (
    SELECT
        typed.*,
        amount(typed.line_item_unblended_cost) AS unblended,
        amount(coalesce(typed.line_item_net_unblended_cost, typed.line_item_unblended_cost)) AS net,
        amount(typed.pricing_public_on_demand_cost) AS on_demand,
        amount(coalesce(typed.reservation_net_effective_cost, typed.reservation_effective_cost))
            AS reserved,
        amount(
            coalesce(
                typed.reservation_net_unused_amortized_upfront_fee_for_billing_period,
                typed.reservation_unused_amortized_upfront_fee_for_billing_period
            )
        ) AS unused_upfront,
        amount(
            coalesce(
                typed.reservation_net_unused_recurring_fee, typed.reservation_unused_recurring_fee
            )
        ) AS unused_recurring,
        amount(typed.savings_plan_savings_plan_effective_cost) AS plan_used,
        amount(
            coalesce(
                typed.savings_plan_net_savings_plan_effective_cost,
                typed.savings_plan_savings_plan_effective_cost
            )
        ) AS covered,
        amount(typed.savings_plan_total_commitment_to_date) AS committed,
        coalesce(amount(typed.savings_plan_used_commitment), amount('0')) AS committed_used,
        amount(typed.line_item_usage_amount) AS quantity,
        CASE
            WHEN typed.line_type = 'DiscountedUsage'
                THEN amount(typed.line_item_normalized_usage_amount)
            WHEN typed.line_type IN ('Fee', 'RIFee')
                THEN amount(typed.reservation_total_reserved_normalized_units)
        END AS normalized,
        regexp_replace(
            regexp_replace(typed.pricing_unit, '(^|-)(Hrs?|hours?)$', '\1Hours'),
            '-(Mo|month)$',
            '-Months'
        ) AS unit,
        amount(typed.line_item_unblended_rate) AS rate,
        amount(coalesce(typed.line_item_net_unblended_rate, typed.line_item_unblended_rate))
            AS net_rate,
        amount(typed.pricing_public_on_demand_rate) AS on_demand_rate,
        typed.line_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')
            AS is_usage,
        typed.line_type IN (
            'Fee',
            'RIFee',
            'SavingsPlanRecurringFee',
            'SavingsPlanUpfrontFee',
            'FlatRateSubscription'
        ) AS is_purchase,
        coalesce(
            typed.line_type = 'Refund'
            AND starts_with(
                typed.line_item_line_item_description,
                'Refund for one-time fee for Savings Plan ID'
            ),
            FALSE
        ) AS is_returned_plan,
        coalesce(
            typed.capacity_reservation_capacity_reservation_arn,
            CASE
                WHEN contains(typed.reservation_reservation_a_r_n, ':capacity-reservation/')
                    THEN typed.reservation_reservation_a_r_n
            END
        ) AS capacity_reservation,
        CASE
            WHEN typed.line_type = 'Usage' THEN NULL
            WHEN typed.savings_plan_savings_plan_a_r_n IS NOT NULL
                THEN typed.savings_plan_savings_plan_a_r_n
            WHEN NOT contains(typed.reservation_reservation_a_r_n, ':capacity-reservation/')
                THEN typed.reservation_reservation_a_r_n
        END AS commitment,
        CASE WHEN json_valid(typed.product) THEN typed.product END AS attributes,
        coalesce(
            typed.product_region_code,
            typed.product_region,
            nullif(
                regexp_extract(typed.line_item_availability_zone, '^[a-z]{2}(-[a-z]+)+-[0-9]+'), ''
            )
        ) AS region
    FROM typed
),

billed AS (
    SELECT
        line.*,
        CASE
            WHEN line.line_type IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
                THEN amount('0')
            ELSE line.net
        END AS billed_cost,
        CASE
            WHEN line.line_type IN ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') THEN amount('0')
            WHEN line.line_type = 'SavingsPlanCoveredUsage' THEN coalesce(line.covered, amount('0'))
            WHEN line.line_type = 'SavingsPlanRecurringFee' AND line.committed IS NOT NULL
                THEN try(line.committed - line.committed_used)
            WHEN line.line_type = 'DiscountedUsage' THEN coalesce(line.reserved, line.net)
            WHEN
                line.line_type = 'RIFee'
                AND (line.unused_upfront IS NOT NULL OR line.unused_recurring IS NOT NULL)
                THEN
                    try(
                        coalesce(line.unused_upfront, amount('0'))
                        + coalesce(line.unused_recurring, amount('0'))
                    )
            WHEN line.is_returned_plan
                THEN amount('0')
            WHEN line.line_type = 'Fee' AND line.reservation_reservation_a_r_n IS NOT NULL
                THEN amount('0')
            ELSE line.net
        END AS effective_cost,
        CASE
            WHEN line.is_usage THEN 'Usage'
            WHEN line.is_purchase THEN 'Purchase'
            WHEN line.line_type IN ('Tax', 'Credit') THEN line.line_type
            WHEN line.line_type <> 'Refund' THEN 'Adjustment'
            WHEN line.line_item_tax_type IS NOT NULL THEN 'Tax'
            WHEN line.commitment IS NOT NULL OR line.is_returned_plan THEN 'Purchase'
            ELSE 'Usage'
        END AS charge_category,
        CASE
            WHEN line.is_usage THEN line.on_demand_rate
            WHEN line.is_purchase THEN line.rate
        END AS list_unit_price,
        CASE
            WHEN line.line_type = 'DiscountedUsage' THEN line.on_demand_rate
            WHEN line.is_usage OR line.is_purchase THEN line.net_rate
        END AS contracted_unit_price,
        coalesce(line.pricing_currency, line.line_item_currency_code, 'XXX') AS priced_in,
        coalesce(line.line_item_currency_code, 'XXX') AS currency,
        coalesce(line.commitment = line.savings_plan_savings_plan_a_r_n, FALSE) AS is_plan,
        CASE
            WHEN line.commitment IS NULL THEN NULL
            WHEN line.line_type = 'SavingsPlanCoveredUsage' THEN line.plan_used
            WHEN line.line_type = 'SavingsPlanRecurringFee' THEN line.committed
            WHEN line.line_type = 'SavingsPlanUpfrontFee' THEN line.unblended
            WHEN line.line_type = 'DiscountedUsage' THEN coalesce(line.normalized, line.quantity)
            WHEN line.line_type IN ('Fee', 'RIFee')
                THEN coalesce(line.normalized, amount(line.reservation_total_reserved_units))
        END AS commitment_quantity
    FROM line
)

SELECT
    'AWS' AS "ProviderName",
    coalesce(billed.line_item_legal_entity, 'Amazon Web Services, Inc.') AS "PublisherName",
    coalesce(
        billed.bill_invoicing_entity, billed.line_item_legal_entity, 'Amazon Web Services, Inc.'
    ) AS "InvoiceIssuerName",
    billed.bill_invoice_id AS "InvoiceId",
    billed.bill_payer_account_id AS "BillingAccountId",
    billed.bill_payer_account_name AS "BillingAccountName",
    'Payer Account' AS "BillingAccountType",
    billed.line_item_usage_account_id AS "SubAccountId",
    billed.line_item_usage_account_name AS "SubAccountName",
    CASE
        WHEN billed.line_item_usage_account_id = billed.bill_payer_account_id THEN 'Payer Account'
        WHEN billed.line_item_usage_account_id IS NOT NULL THEN 'Linked Account'
    END AS "SubAccountType",
    instant(billed.bill_billing_period_start_date) AS "BillingPeriodStart",
    instant(billed.bill_billing_period_end_date) AS "BillingPeriodEnd",
    instant(billed.line_item_usage_start_date) AS "ChargePeriodStart",
    instant(billed.line_item_usage_end_date) AS "ChargePeriodEnd",
    billed.charge_category AS "ChargeCategory",
    CASE WHEN billed.line_type = 'Refund' THEN 'Correction' END AS "ChargeClass",
    billed.line_item_line_item_description AS "ChargeDescription",
    CASE
        WHEN billed.line_type IN ('RIFee', 'SavingsPlanRecurringFee', 'FlatRateSubscription')
            THEN 'Recurring'
        WHEN billed.is_purchase OR billed.line_type IN ('Tax', 'Credit', 'Refund') THEN 'One-Time'
        ELSE 'Usage-Based'
    END AS "ChargeFrequency",
    billed.billed_cost AS "BilledCost",
    billed.effective_cost AS "EffectiveCost",
    CASE
        WHEN billed.is_usage THEN coalesce(billed.on_demand, billed.unblended)
        WHEN billed.is_purchase THEN billed.unblended
        WHEN billed.line_type = 'SavingsPlanNegation' OR billed.line_type LIKE '%Discount'
            THEN amount('0')
        ELSE billed.net
    END AS "ListCost",
    CASE
        WHEN billed.line_type = 'SavingsPlanNegation' THEN amount('0')
        WHEN billed.line_type = 'DiscountedUsage' THEN coalesce(billed.on_demand, billed.net)
        ELSE billed.net
    END AS "ContractedCost",
    billed.list_unit_price AS "ListUnitPrice",
    billed.contracted_unit_price AS "ContractedUnitPrice",
    CASE
        WHEN billed.line_type IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'Committed'
        WHEN billed.line_type = 'Usage' AND contains(billed.line_item_usage_type, 'SpotUsage')
            THEN 'Dynamic'
        WHEN billed.is_usage OR billed.is_purchase THEN 'Standard'
    END AS "PricingCategory",
    CASE WHEN billed.is_usage OR billed.is_purchase THEN billed.quantity END AS "PricingQuantity",
    CASE
        WHEN (billed.is_usage OR billed.is_purchase) AND billed.quantity IS NOT NULL
            THEN billed.unit
    END AS "PricingUnit",
    billed.priced_in AS "PricingCurrency",
    CASE WHEN billed.priced_in = billed.currency THEN billed.contracted_unit_price END
        AS "PricingCurrencyContractedUnitPrice",
    CASE WHEN billed.priced_in = billed.currency THEN billed.effective_cost END
        AS "PricingCurrencyEffectiveCost",
    CASE WHEN billed.priced_in = billed.currency THEN billed.list_unit_price END
        AS "PricingCurrencyListUnitPrice",
    billed.currency AS "BillingCurrency",
    CASE WHEN billed.is_usage THEN billed.quantity END AS "ConsumedQuantity",
    CASE
        WHEN billed.is_usage AND billed.quantity IS NOT NULL THEN billed.unit
    END AS "ConsumedUnit",
    coalesce(
        service.service_name,
        billed.product_product_name,
        billed.attributes ->> '$.product_name',
        billed.line_item_product_code,
        'AWS'
    ) AS "ServiceName",
    category(NULL, service.service_category) AS "ServiceCategory",
    subcategory(
        NULL,
        category(NULL, service.service_category),
        service.service_category,
        service.service_subcategory
    ) AS "ServiceSubcategory",
    CASE WHEN billed.charge_category <> 'Tax' THEN billed.product_sku END AS "SkuId",
    CASE
        WHEN billed.charge_category <> 'Tax' AND billed.product_sku IS NOT NULL
            THEN billed.line_item_usage_type
    END AS "SkuMeter",
    CASE WHEN billed.charge_category <> 'Tax' THEN billed.pricing_rate_code END AS "SkuPriceId",
    cast(NULL AS varchar) AS "SkuPriceDetails",
    billed.line_item_resource_id AS "ResourceId",
    cast(NULL AS varchar) AS "ResourceName",
    cast(NULL AS varchar) AS "ResourceType",
    coalesce(region.region_id, billed.region) AS "RegionId",
    coalesce(region.region_name, billed.product_location, billed.region) AS "RegionName",
    billed.line_item_availability_zone AS "AvailabilityZone",
    billed.commitment AS "CommitmentDiscountId",
    cast(NULL AS varchar) AS "CommitmentDiscountName",
    CASE
        WHEN billed.is_plan THEN 'Spend'
        WHEN billed.commitment IS NOT NULL THEN 'Usage'
    END AS "CommitmentDiscountCategory",
    CASE
        WHEN billed.is_plan THEN 'Savings Plan'
        WHEN billed.commitment IS NOT NULL THEN 'Reserved Instance'
    END AS "CommitmentDiscountType",
    CASE
        WHEN billed.is_usage AND billed.commitment IS NOT NULL THEN 'Used'
    END AS "CommitmentDiscountStatus",
    billed.commitment_quantity AS "CommitmentDiscountQuantity",
    CASE
        WHEN billed.commitment_quantity IS NULL THEN NULL
        WHEN billed.is_plan THEN billed.line_item_currency_code
        WHEN billed.normalized IS NOT NULL THEN 'Normalized Units'
        ELSE coalesce(billed.unit, 'Hours')
    END AS "CommitmentDiscountUnit",
    billed.capacity_reservation AS "CapacityReservationId",
    CASE
        WHEN billed.capacity_reservation IS NULL OR NOT billed.is_usage THEN NULL
        WHEN
            lower(billed.capacity_reservation_capacity_reservation_status) IN ('used', 'unused')
            THEN
                upper(billed.capacity_reservation_capacity_reservation_status[1])
                || lower(billed.capacity_reservation_capacity_reservation_status[2:])
        WHEN billed.capacity_reservation_capacity_reservation_status IS NOT NULL THEN NULL
        WHEN contains(billed.line_item_usage_type, 'Unused') THEN 'Unused'
        ELSE 'Used'
    END AS "CapacityReservationStatus",
    map_concat(billed.tags, without_user(json_tags(billed.resource_tags))) AS "Tags",
    cast(NULL AS varchar) AS x_reference_number,
    cast(NULL AS varchar) AS x_back_reference_number,
    cast(NULL AS varchar) AS x_compartment_path,
    cast(NULL AS varchar) AS x_overage_flag,
    cast(NULL AS decimal(38, 24)) AS x_billed_quantity_overage,
    cast(NULL AS decimal(38, 24)) AS x_cost_overage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_usage,
    cast(NULL AS decimal(38, 24)) AS x_attributed_cost,
    CASE
        WHEN billed.unblended = billed.billed_cost THEN billed.x_extra
        ELSE
            map_concat(
                billed.x_extra,
                map(['line_item_unblended_cost'], [billed.line_item_unblended_cost])
            )
    END AS x_extra,
    billed.x_exact,
    billed.record_number AS x_record_number
FROM billed
LEFT JOIN service_reference service
    ON
        service.provider_name = 'AWS'
        AND lower(coalesce(billed.line_item_product_code, billed.product_product_name))
        = service.service_key
LEFT JOIN region_reference region
    ON
        region.provider_name = 'AWS'
        AND lower(coalesce(billed.region, billed.product_location)) = region.region_key
