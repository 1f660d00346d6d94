-- The living series of a kind with what the newest run foretells of them: the first month whole,
-- and the first 30 and 90 days together. Largest first within a currency; rows :first_row to
-- :last_row.
WITH foretold AS (
    SELECT
        cost_forecast.*,
        ROW_NUMBER() OVER (
            PARTITION BY
                cost_forecast.series_id, cost_forecast.forecaster, cost_forecast.grain
            ORDER BY cost_forecast.charge_day ASC
        ) AS step
    FROM cost_forecast
    WHERE
        cost_forecast.as_of = (SELECT MAX(newest.as_of) FROM cost_forecast newest)
        AND EXISTS (
            SELECT 1
            FROM cost_series
            WHERE
                cost_series.series_id = cost_forecast.series_id
                AND cost_series.kind = :series_kind
        )
),

summed AS (
    SELECT
        series_id,
        forecaster,
        MAX(origin_day) AS origin_day,
        MAX(as_of) AS foretold_at,
        CAST(SUM(CASE WHEN grain = 'day' THEN 1 ELSE 0 END) AS DECIMAL(18, 0)) AS days,
        MIN(CASE WHEN grain = 'month' THEN charge_day END) AS month_day,
        SUM(CASE WHEN grain = 'month' AND step = 1 THEN forecast_cost END) AS month_cost,
        SUM(CASE WHEN grain = 'month' AND step = 1 THEN lower_80 END) AS month_lower_80,
        SUM(CASE WHEN grain = 'month' AND step = 1 THEN upper_80 END) AS month_upper_80,
        SUM(CASE WHEN grain = 'month' AND step = 1 THEN lower_95 END) AS month_lower_95,
        SUM(CASE WHEN grain = 'month' AND step = 1 THEN upper_95 END) AS month_upper_95,
        SUM(CASE WHEN grain = 'day' AND step <= 30 THEN forecast_cost END) AS days_30_cost,
        SUM(CASE WHEN grain = 'day' AND step <= 90 THEN forecast_cost END) AS days_90_cost
    FROM foretold
    GROUP BY series_id, forecaster
),

bounds AS (
    SELECT
        series_id,
        forecaster,
        as_of,
        MAX(CASE WHEN days = 30 THEN lower_80 END) AS days_30_lower_80,
        MAX(CASE WHEN days = 30 THEN upper_80 END) AS days_30_upper_80,
        MAX(CASE WHEN days = 30 THEN lower_95 END) AS days_30_lower_95,
        MAX(CASE WHEN days = 30 THEN upper_95 END) AS days_30_upper_95,
        MAX(CASE WHEN days = 90 THEN lower_80 END) AS days_90_lower_80,
        MAX(CASE WHEN days = 90 THEN upper_80 END) AS days_90_upper_80,
        MAX(CASE WHEN days = 90 THEN lower_95 END) AS days_90_lower_95,
        MAX(CASE WHEN days = 90 THEN upper_95 END) AS days_90_upper_95
    FROM cost_forecast_sum
    GROUP BY series_id, forecaster, as_of
),

numbered AS (
    SELECT
        cost_series.series_id,
        cost_series.kind,
        cost_series.billing_currency,
        cost_series.provider_name,
        cost_series.service_name,
        cost_series.sub_account_id,
        cost_series.region_id,
        cost_series.tag_key,
        cost_series.tag_value,
        cost_series.first_day,
        cost_series.last_day,
        cost_series.filling_days,
        cost_series.remark,
        cost_series.as_of,
        summed.forecaster,
        summed.origin_day,
        summed.foretold_at,
        summed.days,
        summed.month_day,
        summed.month_cost,
        summed.month_lower_80,
        summed.month_upper_80,
        summed.month_lower_95,
        summed.month_upper_95,
        summed.days_30_cost,
        bounds.days_30_lower_80,
        bounds.days_30_upper_80,
        bounds.days_30_lower_95,
        bounds.days_30_upper_95,
        summed.days_90_cost,
        bounds.days_90_lower_80,
        bounds.days_90_upper_80,
        bounds.days_90_lower_95,
        bounds.days_90_upper_95,
        CAST(
            ROW_NUMBER() OVER (
                ORDER BY
                    cost_series.billing_currency ASC,
                    COALESCE(summed.days_30_cost, -1) DESC,
                    cost_series.series_id ASC,
                    summed.forecaster ASC
            ) AS DECIMAL(18, 0)
        ) AS place,
        CAST(COUNT(*) OVER () AS DECIMAL(18, 0)) AS total
    FROM cost_series
    LEFT JOIN summed ON cost_series.series_id = summed.series_id
    LEFT JOIN bounds
        ON
            summed.series_id = bounds.series_id
            AND summed.forecaster = bounds.forecaster
            AND summed.foretold_at = bounds.as_of
    WHERE
        cost_series.kind = :series_kind
        AND cost_series.as_of = (SELECT MAX(newest.as_of) FROM cost_series newest)
)

SELECT
    series_id,
    kind,
    billing_currency,
    provider_name,
    service_name,
    sub_account_id,
    region_id,
    tag_key,
    tag_value,
    first_day,
    last_day,
    filling_days,
    remark,
    as_of,
    forecaster,
    origin_day,
    foretold_at,
    days,
    month_day,
    month_cost,
    month_lower_80,
    month_upper_80,
    month_lower_95,
    month_upper_95,
    days_30_cost,
    days_30_lower_80,
    days_30_upper_80,
    days_30_lower_95,
    days_30_upper_95,
    days_90_cost,
    days_90_lower_80,
    days_90_upper_80,
    days_90_lower_95,
    days_90_upper_95,
    total
FROM numbered
WHERE place BETWEEN :first_row AND :last_row
ORDER BY place
