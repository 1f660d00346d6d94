-- What a month's bill in one currency charges to whom, by version. An open version is replaced as
-- a whole; a closed one never is: what changed after it makes the next version.

CREATE TABLE chargeback_period (
    charge_month DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    version BIGINT NOT NULL CHECK (version > 0),
    state VARCHAR NOT NULL CHECK (strlen(state) <= 16),
    reason VARCHAR NOT NULL CHECK (strlen(reason) <= 64),
    cost_column VARCHAR NOT NULL CHECK (strlen(cost_column) <= 32),
    total_cost DECIMAL(38, 24) NOT NULL,
    bill_id VARCHAR NOT NULL CHECK (strlen(bill_id) <= 64),
    rules_id VARCHAR NOT NULL CHECK (strlen(rules_id) <= 64),
    ledger_version BIGINT NOT NULL,
    as_of TIMESTAMP NOT NULL,
    closed_at TIMESTAMP,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    CONSTRAINT chargeback_period_state CHECK (state IN ('open', 'closed')),
    PRIMARY KEY (charge_month, billing_currency, version)
);
COMMENT ON TABLE chargeback_period IS 'Versions of what a month in a currency charges to whom';
COMMENT ON COLUMN chargeback_period.charge_month IS 'First day of the month of the charge days';
COMMENT ON COLUMN chargeback_period.reason IS 'Why it is another than the version before';
COMMENT ON COLUMN chargeback_period.cost_column IS 'The column of daily_cost that is charged';
COMMENT ON COLUMN chargeback_period.bill_id IS '64 hex digits over the charges';
COMMENT ON COLUMN chargeback_period.rules_id IS '64 hex digits over centers, pools and drivers';
COMMENT ON COLUMN chargeback_period.ledger_version IS 'The ledger that it was made of';
COMMENT ON COLUMN chargeback_period.as_of IS 'Instant that the run stands for, UTC';

CREATE TABLE chargeback_line (
    charge_month DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    version BIGINT NOT NULL CHECK (version > 0),
    line_number BIGINT NOT NULL,
    bearer VARCHAR NOT NULL CHECK (strlen(bearer) <= 16),
    cost_center VARCHAR CHECK (strlen(cost_center) <= 2048),
    pool VARCHAR CHECK (strlen(pool) <= 512),
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    charge_category VARCHAR NOT NULL CHECK (strlen(charge_category) <= 64),
    amount DECIMAL(38, 24) NOT NULL,
    split_rule VARCHAR NOT NULL CHECK (strlen(split_rule) <= 1000),
    PRIMARY KEY (charge_month, billing_currency, version, line_number)
);
COMMENT ON TABLE chargeback_line IS 'Who bears what of a month; the sum is the bill';
COMMENT ON COLUMN chargeback_line.bearer IS 'center, unknown (to the settings) or untagged';
COMMENT ON COLUMN chargeback_line.pool IS 'The shared cost it is a part of; NULL: direct cost';
COMMENT ON COLUMN chargeback_line.split_rule IS 'How the amount was found';

CREATE TABLE chargeback_change (
    charge_month DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    version BIGINT NOT NULL CHECK (version > 0),
    line_number BIGINT NOT NULL,
    earlier_version BIGINT NOT NULL,
    bearer VARCHAR NOT NULL CHECK (strlen(bearer) <= 16),
    cost_center VARCHAR CHECK (strlen(cost_center) <= 2048),
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    amount_before DECIMAL(38, 24) NOT NULL,
    amount_after DECIMAL(38, 24) NOT NULL,
    PRIMARY KEY (charge_month, billing_currency, version, line_number)
);
COMMENT ON TABLE chargeback_change IS 'How a version differs from the closed one before';
