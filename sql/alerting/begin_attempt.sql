-- An attempt is begun; if the run dies, another follows later. Nobody else begins one meanwhile.
UPDATE notification
SET attempts = attempts + 1, next_attempt_at = :again_at
WHERE notification_id = :notification_id AND state = 'pending' AND next_attempt_at <= :at
