-- Whose an alert of a budget is, and the addresses of its rules one by one. The rules that hold
-- between tables are queries here: sql/governance/guards.

CREATE TABLE budget_alert_email (
    budget_id VARCHAR NOT NULL CHECK (strlen(budget_id) <= 32),
    place BIGINT NOT NULL CHECK (place >= 1),
    email VARCHAR NOT NULL CHECK (strlen(email) <= 512),
    PRIMARY KEY (budget_id, place, email)
);
COMMENT ON TABLE budget_alert_email IS 'The e-mail addresses that an alert rule tells';

CREATE TABLE budget_alert (
    alert_id VARCHAR NOT NULL CHECK (strlen(alert_id) <= 64),
    first_seen TIMESTAMP NOT NULL,
    budget_id VARCHAR NOT NULL CHECK (strlen(budget_id) <= 32),
    PRIMARY KEY (alert_id, first_seen)
);
COMMENT ON TABLE budget_alert IS 'The budget that an alert is of';
