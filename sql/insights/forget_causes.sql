DELETE FROM anomaly_cause
WHERE EXISTS (
    SELECT 1
    FROM anomaly_event
    WHERE
        anomaly_event.event_id = anomaly_cause.event_id
        AND anomaly_event.end_day >= :first_day
)
