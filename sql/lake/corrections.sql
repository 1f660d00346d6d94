-- The corrections among the counted lines: what they say, and which reference number they point
-- back to. A back reference alone makes no correction; providers fill it on others, too.
SELECT
    x_object_id AS object_id,
    x_record_number AS record_number,
    provider,
    day AS charge_day,
    ChargePeriodStart AS charge_period_start,
    ChargePeriodEnd AS charge_period_end,
    fitted(account_of(BillingAccountId, SubAccountId), 512) AS account,
    fitted(BillingAccountId, 512) AS billing_account_id,
    fitted(ServiceName, 512) AS service_name,
    fitted(ResourceId, 512) AS resource_id,
    fitted(x_reference_number, 1024) AS reference_number,
    BillingCurrency AS billing_currency,
    BilledCost AS billed_cost,
    EffectiveCost AS effective_cost,
    coalesce(ConsumedQuantity, PricingQuantity) AS quantity,
    fitted(coalesce(ConsumedUnit, PricingUnit), 256) AS unit,
    fitted(x_back_reference_number, 1024) AS corrected_reference
FROM counted_line
WHERE
    ChargeClass = 'Correction'
    AND x_back_reference_number IS NOT NULL
    AND x_back_reference_number IS DISTINCT FROM x_reference_number
