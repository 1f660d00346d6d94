-- What the anomaly events that began in the days [:first_day, :last_day] cost more than expected,
-- in one currency: each incident once, and none that a person's word is on. What :split_name splits
-- is in the others' cost.
SELECT SUM(anomaly_event.excess_cost) AS excess_cost
FROM anomaly_event
WHERE
    anomaly_event.billing_currency = :billing_currency
    AND anomaly_event.start_day >= :first_day
    AND anomaly_event.start_day <= :last_day
    AND anomaly_event.excess_cost > 0
    AND anomaly_event.part_of IS NULL
    AND anomaly_event.covered_by IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM cost_series
        WHERE
            cost_series.series_id = anomaly_event.series_id
            AND cost_series.provider_name = :split_name
    )
