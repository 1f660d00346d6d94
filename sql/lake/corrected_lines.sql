-- The counted lines that the corrections of the relation `wanted` point back to, within the days
-- that each is looked for on.
SELECT
    wanted.place,
    counted_line.x_object_id AS corrected_object_id,
    counted_line.x_record_number AS corrected_record_number,
    counted_line.day AS corrected_day,
    counted_line.BilledCost AS corrected_billed_cost,
    counted_line.EffectiveCost AS corrected_effective_cost,
    coalesce(counted_line.ConsumedQuantity, counted_line.PricingQuantity) AS corrected_quantity,
    counted_line.BillingCurrency AS corrected_currency
FROM counted_line
INNER JOIN wanted
    ON
        counted_line.x_reference_number = wanted.corrected_reference
        AND counted_line.provider = wanted.provider
        AND account_of(counted_line.BillingAccountId, counted_line.SubAccountId) = wanted.account
WHERE counted_line.day BETWEEN wanted.first_day AND wanted.last_day
