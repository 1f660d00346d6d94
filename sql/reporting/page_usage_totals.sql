-- Reports against usage APIs over every compared day, by source, currency and measure.
SELECT
    source,
    billing_currency,
    measure,
    MIN(charge_day) AS first_day,
    MAX(charge_day) AS last_day,
    MAX(as_of) AS as_of,
    CAST(COUNT(DISTINCT charge_day) AS DECIMAL(18, 0)) AS days,
    CAST(COUNT(DISTINCT service_name) AS DECIMAL(18, 0)) AS services,
    SUM(report_cost) AS report_cost,
    SUM(api_cost) AS api_cost,
    SUM(difference) AS difference,
    SUM(late_cost) AS late_cost,
    SUM(correction_cost) AS correction_cost,
    SUM(credit_cost) AS credit_cost,
    SUM(rounding_cost) AS rounding_cost,
    SUM(unknown_cost) AS unknown_cost
FROM usage_difference
GROUP BY
    source,
    billing_currency,
    measure
ORDER BY
    source,
    billing_currency,
    measure
