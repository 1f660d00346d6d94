-- Cost by provider and currency over every published day, and what its reconciliation says.
WITH cost AS (
    SELECT
        provider,
        MAX(provider_name) AS provider_name,
        billing_currency,
        MIN(charge_day) AS first_day,
        MAX(charge_day) AS last_day,
        CAST(COUNT(DISTINCT charge_day) AS DECIMAL(18, 0)) AS charge_days,
        CAST(SUM(line_count) AS DECIMAL(18, 0)) AS line_count,
        SUM(billed_cost) AS billed_cost,
        SUM(effective_cost) AS effective_cost,
        SUM(list_cost) AS list_cost,
        SUM(contracted_cost) AS contracted_cost
    FROM daily_cost
    GROUP BY
        provider,
        billing_currency
),

compared AS (
    SELECT
        provider,
        billing_currency,
        CAST(COUNT(*) AS DECIMAL(18, 0)) AS figures,
        CAST(SUM(CASE WHEN difference = 0 THEN 0 ELSE 1 END) AS DECIMAL(18, 0)) AS differing
    FROM reconciliation
    GROUP BY
        provider,
        billing_currency
)

SELECT
    cost.provider,
    cost.provider_name,
    cost.billing_currency,
    cost.first_day,
    cost.last_day,
    cost.charge_days,
    cost.line_count,
    cost.billed_cost,
    cost.effective_cost,
    cost.list_cost,
    cost.contracted_cost,
    compared.figures,
    compared.differing
FROM cost
LEFT JOIN compared
    ON
        cost.provider = compared.provider
        AND cost.billing_currency = compared.billing_currency
ORDER BY
    cost.provider,
    cost.billing_currency
