-- The newest forecast of each series of one kind and forecaster, by day or month (:grain).
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
    cost_forecast.origin_day,
    cost_forecast.charge_day,
    cost_forecast.forecast_cost,
    cost_forecast.lower_50,
    cost_forecast.upper_50,
    cost_forecast.lower_80,
    cost_forecast.upper_80,
    cost_forecast.lower_95,
    cost_forecast.upper_95
FROM cost_series
INNER JOIN cost_forecast ON cost_series.series_id = cost_forecast.series_id
WHERE
    cost_series.kind = :kind
    AND cost_forecast.forecaster = :forecaster
    AND cost_forecast.grain = :grain
    AND cost_forecast.as_of = (
        SELECT MAX(newest.as_of)
        FROM cost_forecast newest
        WHERE
            newest.series_id = cost_forecast.series_id
            AND newest.forecaster = cost_forecast.forecaster
    )
ORDER BY cost_series.billing_currency, cost_series.series_id, cost_forecast.charge_day
