-- What explains the events that end on :first_day or later, the largest part first.
SELECT
    anomaly_cause.event_id,
    anomaly_cause.place,
    anomaly_cause.dimension_values,
    anomaly_cause.share_of_excess,
    anomaly_cause.amount,
    anomaly_cause.expected_cost,
    anomaly_cause.actual_cost,
    anomaly_cause.is_new,
    anomaly_cause.offsets
FROM anomaly_cause
INNER JOIN anomaly_event ON anomaly_cause.event_id = anomaly_event.event_id
WHERE anomaly_event.end_day >= :first_day
ORDER BY anomaly_cause.event_id, anomaly_cause.place
