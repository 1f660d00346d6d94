-- How far budgets are spent, day by day, and the alerts that stand.

CREATE TABLE budget_status (
    budget_id VARCHAR NOT NULL CHECK (strlen(budget_id) <= 32),
    as_of_day DATE NOT NULL,
    month_day DATE NOT NULL,
    account VARCHAR NOT NULL CHECK (strlen(account) <= 128),
    budget_name VARCHAR NOT NULL CHECK (strlen(budget_name) <= 512),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    amount DECIMAL(38, 24) NOT NULL,
    actual_cost DECIMAL(38, 24) NOT NULL,
    forecast_cost DECIMAL(38, 24),
    actual_percent DECIMAL(38, 24) NOT NULL,
    forecast_percent DECIMAL(38, 24),
    days_left BIGINT NOT NULL CHECK (days_left >= 0),
    severity VARCHAR NOT NULL CHECK (severity IN ('none', 'medium', 'high', 'critical')),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (budget_id, as_of_day)
);
COMMENT ON TABLE budget_status IS 'What of each budget of a month is spent, and will be';
COMMENT ON COLUMN budget_status.as_of_day IS 'The days before it count as spent';
COMMENT ON COLUMN budget_status.month_day IS 'The first day of the month';
COMMENT ON COLUMN budget_status.actual_cost IS 'Usage cost (EffectiveCost) of the month so far';
COMMENT ON COLUMN budget_status.forecast_cost IS 'Of the whole month; NULL: not foretold';
COMMENT ON COLUMN budget_status.days_left IS 'Days of the month that are not over';

CREATE TABLE alert (
    alert_id VARCHAR NOT NULL CHECK (strlen(alert_id) <= 64),
    first_seen TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL CHECK (strlen(kind) <= 32),
    subject VARCHAR NOT NULL CHECK (strlen(subject) <= 1024),
    state VARCHAR NOT NULL CHECK (state IN ('firing', 'resolved')),
    severity VARCHAR NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    worst_severity VARCHAR NOT NULL CHECK (
        worst_severity IN ('low', 'medium', 'high', 'critical')
    ),
    dimensions VARCHAR NOT NULL CHECK (strlen(dimensions) <= 4000),
    amount VARCHAR CHECK (strlen(amount) <= 64),
    threshold VARCHAR CHECK (strlen(threshold) <= 64),
    billing_currency VARCHAR CHECK (strlen(billing_currency) <= 32),
    told VARCHAR NOT NULL CHECK (strlen(told) <= 2000),
    resolved_at TIMESTAMP,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (alert_id, first_seen)
);
COMMENT ON TABLE alert IS 'What somebody should know, from when it fires until it is resolved';
COMMENT ON COLUMN alert.first_seen IS 'Instant of the run that it fired in';
COMMENT ON COLUMN alert.worst_severity IS 'The worst that was told: only worse is told again';
COMMENT ON COLUMN alert.dimensions IS 'JSON object: what it is about';
COMMENT ON COLUMN alert.as_of IS 'Instant that the run stands for which looked last';
