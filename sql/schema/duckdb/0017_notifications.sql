-- Notifications: what is to be told on which channel, and how far that came. A message is kept
-- before it is sent and marked after, so that a run that dies loses none.

CREATE TABLE incident_alert (
    alert_id VARCHAR NOT NULL CHECK (strlen(alert_id) <= 256),
    first_seen TIMESTAMP NOT NULL,
    incident_id VARCHAR NOT NULL CHECK (strlen(incident_id) <= 32),
    cause VARCHAR NOT NULL CHECK (strlen(cause) <= 4000),
    PRIMARY KEY (alert_id, first_seen)
);
COMMENT ON TABLE incident_alert IS 'The incident that an alert was told with, and stays with';
COMMENT ON COLUMN incident_alert.first_seen IS 'When it fired, UTC';
COMMENT ON COLUMN incident_alert.cause IS 'JSON object: the dimensions that its alerts share';

CREATE TABLE notification (
    notification_id VARCHAR NOT NULL CHECK (strlen(notification_id) <= 32),
    event_id VARCHAR NOT NULL CHECK (strlen(event_id) <= 32),
    correlation_id VARCHAR NOT NULL CHECK (strlen(correlation_id) <= 32),
    channel VARCHAR NOT NULL CHECK (strlen(channel) <= 64),
    severity VARCHAR NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    state VARCHAR NOT NULL CHECK (state IN ('pending', 'held', 'digested', 'sent', 'dead')),
    payload VARCHAR NOT NULL,
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_attempt_at TIMESTAMP NOT NULL,
    last_error VARCHAR CHECK (strlen(last_error) <= 2000),
    digest_id VARCHAR CHECK (strlen(digest_id) <= 32),
    created_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    PRIMARY KEY (notification_id)
);
COMMENT ON TABLE notification IS 'The outbox: an event for a channel, and how far it came';
COMMENT ON COLUMN notification.notification_id IS '32 hex digits over channel and event';
COMMENT ON COLUMN notification.correlation_id IS 'The incident, over all its turns; or the digest';
COMMENT ON COLUMN notification.state IS 'held: for the digest; digested: told by digest_id';
COMMENT ON COLUMN notification.payload IS 'CloudEvents 1.0 as JSON, whole';
COMMENT ON COLUMN notification.attempts IS 'Begun ones: counted before anything is sent';
COMMENT ON COLUMN notification.next_attempt_at IS 'Not before it; if held: when its digest is due';
COMMENT ON COLUMN notification.last_error IS 'What the channel said last';
COMMENT ON COLUMN notification.created_at IS 'Instant that the run stands for, UTC';
COMMENT ON COLUMN notification.ended_at IS 'When it was sent, given up or put into a digest, UTC';
