-- Of several forecasts of a series from the same last known day, the newest stands.
DELETE FROM cost_forecast
WHERE
    forecaster = :forecaster
    AND origin_day >= :first_origin
    AND origin_day <= :last_origin
    AND EXISTS (
        SELECT 1
        FROM cost_forecast newer
        WHERE
            newer.series_id = cost_forecast.series_id
            AND newer.forecaster = cost_forecast.forecaster
            AND newer.origin_day = cost_forecast.origin_day
            AND newer.as_of > cost_forecast.as_of
    )
