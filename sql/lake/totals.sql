-- Every measure of the view `line` by object, provider's day and currency.
SELECT
    x_object_id AS object_id,
    provider,
    day AS charge_day,
    BillingCurrency AS billing_currency,
    coalesce(sum(BilledCost), 0) AS billed_cost,
    coalesce(sum(EffectiveCost), 0) AS effective_cost,
    coalesce(sum(ListCost), 0) AS list_cost,
    coalesce(sum(ContractedCost), 0) AS contracted_cost,
    coalesce(sum(PricingQuantity), 0) AS pricing_quantity,
    coalesce(sum(ConsumedQuantity), 0) AS consumed_quantity,
    count(*) AS line_count
FROM line
GROUP BY ALL
