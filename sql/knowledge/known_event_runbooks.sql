-- The events that have a runbook of a release.
SELECT DISTINCT event_id
FROM event_runbook
WHERE release_id = :release_id
