-- How one series moves, as it was measured last.
SELECT
    measured_day,
    measure,
    amount
FROM cost_trend
WHERE
    series_id = :series_id
    AND measured_day = (
        SELECT MAX(newest.measured_day)
        FROM cost_trend newest
        WHERE newest.series_id = :series_id
    )
ORDER BY measure
