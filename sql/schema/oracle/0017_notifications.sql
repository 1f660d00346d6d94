-- Notifications: what is to be told on which channel, and how far that came. A message is kept
-- before it is sent and marked after, so that a run that dies loses none.

CREATE TABLE IF NOT EXISTS incident_alert (
    alert_id VARCHAR2(256 BYTE) NOT NULL,
    first_seen TIMESTAMP(6) NOT NULL,
    incident_id VARCHAR2(32 BYTE) NOT NULL,
    cause VARCHAR2(4000 BYTE) NOT NULL,
    CONSTRAINT incident_alert_pk PRIMARY KEY (alert_id, first_seen)
);
COMMENT ON TABLE incident_alert IS 'The incident that an alert was told with, and stays with';
COMMENT ON COLUMN incident_alert.first_seen IS 'When it fired, UTC';
COMMENT ON COLUMN incident_alert.cause IS 'JSON object: the dimensions that its alerts share';

CREATE TABLE IF NOT EXISTS notification (
    notification_id VARCHAR2(32 BYTE) NOT NULL,
    event_id VARCHAR2(32 BYTE) NOT NULL,
    correlation_id VARCHAR2(32 BYTE) NOT NULL,
    channel VARCHAR2(64 BYTE) NOT NULL,
    severity VARCHAR2(16 BYTE) NOT NULL CHECK (
        severity IN ('low', 'medium', 'high', 'critical')
    ),
    state VARCHAR2(16 BYTE) NOT NULL CHECK (
        state IN ('pending', 'held', 'digested', 'sent', 'dead')
    ),
    payload CLOB NOT NULL,
    attempts NUMBER(18) NOT NULL CHECK (attempts >= 0),
    next_attempt_at TIMESTAMP(6) NOT NULL,
    last_error VARCHAR2(2000 BYTE),
    digest_id VARCHAR2(32 BYTE),
    created_at TIMESTAMP(6) NOT NULL,
    ended_at TIMESTAMP(6),
    CONSTRAINT notification_pk PRIMARY KEY (notification_id)
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

CREATE INDEX IF NOT EXISTS notification_due_ix ON notification (state, next_attempt_at);
