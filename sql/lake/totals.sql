-- Every measure of the view `line` by object, provider's day and currency.
SELECT
    x_object_id AS object_id,
    provider,
    day AS charge_day,
    BillingCurrency AS billing_currency,
    total(BilledCost) AS billed_cost,
    total(EffectiveCost) AS effective_cost,
    total(ListCost) AS list_cost,
    total(ContractedCost) AS contracted_cost,
    total(PricingQuantity) AS pricing_quantity,
    total(ConsumedQuantity) AS consumed_quantity,
    count(*) AS line_count
FROM line
GROUP BY ALL
