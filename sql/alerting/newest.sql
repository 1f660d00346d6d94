-- The newest messages, of one state or of all.
SELECT
    notification_id,
    event_id,
    correlation_id,
    channel,
    severity,
    state,
    payload,
    attempts,
    next_attempt_at,
    last_error,
    created_at,
    ended_at
FROM notification
WHERE state = COALESCE(:state_is, state)
ORDER BY created_at DESC, channel ASC, notification_id ASC
FETCH FIRST :most ROWS ONLY
