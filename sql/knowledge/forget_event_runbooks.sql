DELETE FROM event_runbook
WHERE event_id = :event_id
