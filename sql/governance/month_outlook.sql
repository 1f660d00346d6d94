-- The newest forecasts of whole months that were made as of an instant or before it, by series.
WITH newest AS (
    SELECT
        series_id,
        MAX(as_of) AS as_of
    FROM cost_forecast
    WHERE
        grain = 'month'
        AND forecaster = :forecaster
        AND as_of <= :as_of
    GROUP BY series_id
)

SELECT
    cost_series.kind,
    cost_series.billing_currency,
    cost_series.provider_name,
    cost_series.service_name,
    cost_series.sub_account_id,
    cost_series.tag_key,
    cost_series.tag_value,
    cost_forecast.charge_day,
    cost_forecast.origin_day,
    cost_forecast.forecast_cost,
    cost_forecast.upper_50,
    cost_forecast.upper_80,
    cost_forecast.upper_95
FROM cost_series
INNER JOIN newest ON cost_series.series_id = newest.series_id
INNER JOIN cost_forecast
    ON
        newest.series_id = cost_forecast.series_id
        AND newest.as_of = cost_forecast.as_of
WHERE
    cost_forecast.grain = 'month'
    AND cost_forecast.forecaster = :forecaster
    AND cost_series.kind IN ('provider', 'service', 'sub_account', 'tag')
ORDER BY cost_series.series_id, cost_forecast.charge_day
