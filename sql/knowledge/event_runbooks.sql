-- The runbooks of an event, the nearest first.
SELECT
    event_id,
    place,
    release_id,
    chunk_id,
    title_path,
    uri,
    score
FROM event_runbook
WHERE event_id = :event_id
ORDER BY place
