DELETE FROM anomaly_feedback
WHERE event_id = :event_id
