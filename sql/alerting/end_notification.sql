-- A message was sent, or is given up.
UPDATE notification
SET state = :state_is, last_error = :told, ended_at = :at
WHERE notification_id = :notification_id AND state = 'pending'
