-- A dead message is to be sent once more.
UPDATE notification
SET state = 'pending', attempts = 0, next_attempt_at = :at, ended_at = NULL
WHERE notification_id = :notification_id AND state = 'dead'
