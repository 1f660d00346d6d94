-- Not before a later instant.
UPDATE notification
SET next_attempt_at = :again_at, last_error = :told
WHERE notification_id = :notification_id AND state = 'pending'
