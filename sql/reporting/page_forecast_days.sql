-- The days that a run foretells of one series.
SELECT
    charge_day,
    forecast_cost,
    lower_80,
    upper_80,
    lower_95,
    upper_95
FROM cost_forecast
WHERE
    series_id = :series_id
    AND forecaster = :forecaster
    AND origin_day = :origin_day
    AND as_of = :as_of
    AND grain = 'day'
ORDER BY charge_day
