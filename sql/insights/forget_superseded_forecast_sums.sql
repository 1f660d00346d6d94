-- Of several sums of a series from the same last known day, the newest stands.
DELETE FROM cost_forecast_sum
WHERE
    forecaster = :forecaster
    AND origin_day >= :first_origin
    AND origin_day <= :last_origin
    AND EXISTS (
        SELECT 1
        FROM cost_forecast_sum newer
        WHERE
            newer.series_id = cost_forecast_sum.series_id
            AND newer.forecaster = cost_forecast_sum.forecaster
            AND newer.origin_day = cost_forecast_sum.origin_day
            AND newer.as_of > cost_forecast_sum.as_of
    )
