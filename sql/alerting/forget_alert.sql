-- One alert, before it is kept as it is now.
DELETE FROM alert
WHERE alert_id = :alert_id AND first_seen = :first_seen
