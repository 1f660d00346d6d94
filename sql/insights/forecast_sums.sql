-- What each series of one kind was last forecast to cost: the days to come up to :days ahead added
-- up, with the interval of that sum where one is kept of as many days, and the month that is
-- running.
WITH newest AS (
    SELECT
        series_id,
        MAX(origin_day) AS origin_day
    FROM cost_forecast
    WHERE forecaster = :forecaster
    GROUP BY series_id
)

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
    newest.origin_day,
    CAST(SUM(CASE WHEN cost_forecast.grain = 'day' THEN 1 ELSE 0 END) AS DECIMAL(18, 0)) AS days,
    SUM(CASE WHEN cost_forecast.grain = 'day' THEN cost_forecast.forecast_cost END)
        AS forecast_cost,
    MAX(cost_forecast_sum.lower_95) AS lower_95,
    MAX(cost_forecast_sum.upper_95) AS upper_95,
    MAX(CASE WHEN cost_forecast.grain = 'month' THEN cost_forecast.charge_day END) AS month_day,
    MAX(CASE WHEN cost_forecast.grain = 'month' THEN cost_forecast.forecast_cost END)
        AS month_cost,
    MAX(CASE WHEN cost_forecast.grain = 'month' THEN cost_forecast.lower_95 END) AS month_lower_95,
    MAX(CASE WHEN cost_forecast.grain = 'month' THEN cost_forecast.upper_95 END) AS month_upper_95
FROM cost_series
INNER JOIN newest ON cost_series.series_id = newest.series_id
INNER JOIN cost_forecast
    ON
        newest.series_id = cost_forecast.series_id
        AND newest.origin_day = cost_forecast.origin_day
LEFT JOIN cost_forecast_sum
    ON
        cost_forecast.series_id = cost_forecast_sum.series_id
        AND cost_forecast.forecaster = cost_forecast_sum.forecaster
        AND cost_forecast.origin_day = cost_forecast_sum.origin_day
        AND cost_forecast.as_of = cost_forecast_sum.as_of
        AND cost_forecast_sum.days = :days
WHERE
    cost_series.kind = :kind
    AND cost_forecast.forecaster = :forecaster
    AND (cost_forecast.grain = 'month' OR cost_forecast.charge_day - newest.origin_day <= :days)
GROUP BY
    cost_series.series_id,
    cost_series.kind,
    cost_series.billing_currency,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.region_id,
    cost_series.tag_key,
    cost_series.tag_value,
    newest.origin_day
ORDER BY cost_series.billing_currency ASC, forecast_cost DESC, cost_series.series_id ASC
