-- The runbooks of the events that end on :first_day or later, the nearest of each first.
SELECT
    event_runbook.event_id,
    event_runbook.place,
    event_runbook.title_path,
    event_runbook.uri,
    event_runbook.score,
    event_runbook.chunk_id,
    event_runbook.release_id
FROM event_runbook
INNER JOIN anomaly_event ON event_runbook.event_id = anomaly_event.event_id
WHERE anomaly_event.end_day >= :first_day
ORDER BY event_runbook.event_id, event_runbook.place
