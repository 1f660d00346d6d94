-- Daily forecasts of the charge days [:first_day, :end_day), as they stood at :as_of, at the leads
-- that accuracy is measured at.
SELECT
    series_id,
    forecaster,
    model_version,
    origin_day,
    charge_day,
    forecast_cost,
    lower_50,
    upper_50,
    lower_80,
    upper_80,
    lower_95,
    upper_95
FROM cost_forecast
WHERE
    grain = 'day'
    AND charge_day >= :first_day
    AND charge_day < :end_day
    AND as_of <= :as_of
    AND charge_day - origin_day IN (1, 3, 7, 14, 21, 30, 60, 90)
ORDER BY series_id, forecaster, charge_day, origin_day
