-- The costs of the view `line` by provider, billing period, service and currency.
SELECT
    provider,
    cast(
        date_trunc('month', coalesce(BillingPeriodStart, ChargePeriodStart)) AS DATE
    ) AS billing_period,
    ServiceName AS service_name,
    BillingCurrency AS billing_currency,
    total(BilledCost) AS billed_cost,
    total(EffectiveCost) AS effective_cost,
    count(*) AS line_count
FROM line
GROUP BY ALL
