-- Whether an event is kept for a channel already.
SELECT notification_id
FROM notification
WHERE notification_id = :notification_id
