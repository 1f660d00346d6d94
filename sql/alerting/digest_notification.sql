-- A held message is told by a digest.
UPDATE notification
SET state = 'digested', digest_id = :digest_id, ended_at = :at
WHERE notification_id = :notification_id AND state = 'held'
