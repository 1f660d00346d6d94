-- Messages of a channel in a state whose time has come, the oldest first.
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
WHERE state = :state_is AND channel = :channel AND next_attempt_at <= :at
ORDER BY next_attempt_at, created_at, notification_id
