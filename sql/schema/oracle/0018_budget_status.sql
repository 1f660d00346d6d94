-- How far budgets are spent, day by day, and the alerts that stand.

CREATE TABLE IF NOT EXISTS budget_status (
    budget_id VARCHAR2(32 BYTE) NOT NULL,
    as_of_day DATE NOT NULL,
    month_day DATE NOT NULL,
    account VARCHAR2(128 BYTE) NOT NULL,
    budget_name VARCHAR2(512 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    amount NUMBER(38, 24) NOT NULL,
    actual_cost NUMBER(38, 24) NOT NULL,
    forecast_cost NUMBER(38, 24),
    actual_percent NUMBER(38, 24) NOT NULL,
    forecast_percent NUMBER(38, 24),
    days_left NUMBER(18) NOT NULL CHECK (days_left >= 0),
    severity VARCHAR2(32 BYTE) NOT NULL CHECK (severity IN ('none', 'medium', 'high', 'critical')),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT budget_status_pk PRIMARY KEY (budget_id, as_of_day)
);
COMMENT ON TABLE budget_status IS 'What of each budget of a month is spent, and will be';
COMMENT ON COLUMN budget_status.as_of_day IS 'The days before it count as spent';
COMMENT ON COLUMN budget_status.month_day IS 'The first day of the month';
COMMENT ON COLUMN budget_status.actual_cost IS 'Usage cost (EffectiveCost) of the month so far';
COMMENT ON COLUMN budget_status.forecast_cost IS 'Of the whole month; NULL: not foretold';
COMMENT ON COLUMN budget_status.days_left IS 'Days of the month that are not over';

CREATE TABLE IF NOT EXISTS alert (
    alert_id VARCHAR2(64 BYTE) NOT NULL,
    first_seen TIMESTAMP(6) NOT NULL,
    kind VARCHAR2(32 BYTE) NOT NULL,
    subject VARCHAR2(1024 BYTE) NOT NULL,
    state VARCHAR2(32 BYTE) NOT NULL CHECK (state IN ('firing', 'resolved')),
    severity VARCHAR2(32 BYTE) NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    worst_severity VARCHAR2(32 BYTE) NOT NULL CHECK (
        worst_severity IN ('low', 'medium', 'high', 'critical')
    ),
    dimensions VARCHAR2(4000 BYTE) NOT NULL,
    amount VARCHAR2(64 BYTE),
    threshold VARCHAR2(64 BYTE),
    billing_currency VARCHAR2(32 BYTE),
    told VARCHAR2(2000 BYTE) NOT NULL,
    resolved_at TIMESTAMP(6),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT alert_pk PRIMARY KEY (alert_id, first_seen)
);
COMMENT ON TABLE alert IS 'What somebody should know, from when it fires until it is resolved';
COMMENT ON COLUMN alert.first_seen IS 'Instant of the run that it fired in';
COMMENT ON COLUMN alert.worst_severity IS 'The worst that was told: only worse is told again';
COMMENT ON COLUMN alert.dimensions IS 'JSON object: what it is about';
COMMENT ON COLUMN alert.as_of IS 'Instant that the run stands for which looked last';
