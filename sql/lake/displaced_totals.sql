-- Every measure of the lines that do not count, by object, provider's day, currency and reason.
SELECT
    line.x_object_id AS object_id,
    line.provider,
    line.day AS charge_day,
    line.BillingCurrency AS billing_currency,
    displaced.reason,
    total(line.BilledCost) AS billed_cost,
    total(line.EffectiveCost) AS effective_cost,
    total(line.ListCost) AS list_cost,
    total(line.ContractedCost) AS contracted_cost,
    total(line.PricingQuantity) AS pricing_quantity,
    total(line.ConsumedQuantity) AS consumed_quantity,
    count(*) AS line_count
FROM line
INNER JOIN displaced
    ON
        line.x_object_id = displaced.x_object_id
        AND line.x_record_number = displaced.x_record_number
GROUP BY ALL
