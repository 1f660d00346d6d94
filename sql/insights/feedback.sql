-- What people said of events.
SELECT
    event_id,
    verdict,
    series_id,
    start_day,
    end_day,
    why,
    said_by,
    said_at
FROM anomaly_feedback
ORDER BY event_id
