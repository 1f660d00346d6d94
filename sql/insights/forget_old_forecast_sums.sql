-- Of the sums from before :first_day, those of the first day of each month that a series has
-- any of stay; the others go.
DELETE FROM cost_forecast_sum
WHERE
    origin_day < :first_day
    AND EXISTS (
        SELECT 1
        FROM (
            SELECT
                earlier.series_id,
                earlier.forecaster,
                MIN(earlier.origin_day) AS origin_day
            FROM cost_forecast_sum earlier
            WHERE earlier.origin_day < :first_day
            GROUP BY
                earlier.series_id,
                earlier.forecaster,
                EXTRACT(YEAR FROM earlier.origin_day),
                EXTRACT(MONTH FROM earlier.origin_day)
        ) kept
        WHERE
            kept.series_id = cost_forecast_sum.series_id
            AND kept.forecaster = cost_forecast_sum.forecaster
            AND kept.origin_day < cost_forecast_sum.origin_day
            AND EXTRACT(YEAR FROM kept.origin_day) = EXTRACT(YEAR FROM cost_forecast_sum.origin_day)
            AND EXTRACT(MONTH FROM kept.origin_day)
            = EXTRACT(MONTH FROM cost_forecast_sum.origin_day)
    )
