-- What a month's bill in one currency charges to whom, by version. An open version is replaced as
-- a whole; a closed one never is: what changed after it makes the next version.

CREATE TABLE IF NOT EXISTS chargeback_period (
    charge_month DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    version NUMBER(18) NOT NULL CHECK (version > 0),
    state VARCHAR2(16 BYTE) NOT NULL,
    reason VARCHAR2(64 BYTE) NOT NULL,
    cost_column VARCHAR2(32 BYTE) NOT NULL,
    total_cost NUMBER(38, 24) NOT NULL,
    bill_id VARCHAR2(64 BYTE) NOT NULL,
    rules_id VARCHAR2(64 BYTE) NOT NULL,
    ledger_version NUMBER(18) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    closed_at TIMESTAMP(6),
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT chargeback_period_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT chargeback_period_pk PRIMARY KEY (charge_month, billing_currency, version)
);
COMMENT ON TABLE chargeback_period IS 'Versions of what a month in a currency charges to whom';
COMMENT ON COLUMN chargeback_period.charge_month IS 'First day of the month of the charge days';
COMMENT ON COLUMN chargeback_period.reason IS 'Why it is another than the version before';
COMMENT ON COLUMN chargeback_period.cost_column IS 'The column of daily_cost that is charged';
COMMENT ON COLUMN chargeback_period.bill_id IS '64 hex digits over the charges';
COMMENT ON COLUMN chargeback_period.rules_id IS '64 hex digits over centers, pools and drivers';
COMMENT ON COLUMN chargeback_period.ledger_version IS 'The ledger that it was made of';
COMMENT ON COLUMN chargeback_period.as_of IS 'Instant that the run stands for, UTC';

CREATE TABLE IF NOT EXISTS chargeback_line (
    charge_month DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    version NUMBER(18) NOT NULL CHECK (version > 0),
    line_number NUMBER(18) NOT NULL,
    bearer VARCHAR2(16 BYTE) NOT NULL,
    cost_center VARCHAR2(2048 BYTE),
    pool VARCHAR2(512 BYTE),
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    service_name VARCHAR2(512 BYTE) NOT NULL,
    charge_category VARCHAR2(64 BYTE) NOT NULL,
    amount NUMBER(38, 24) NOT NULL,
    split_rule VARCHAR2(1000 BYTE) NOT NULL,
    CONSTRAINT chargeback_line_pk PRIMARY KEY (
        charge_month, billing_currency, version, line_number
    )
);
COMMENT ON TABLE chargeback_line IS 'Who bears what of a month; the sum is the bill';
COMMENT ON COLUMN chargeback_line.bearer IS 'center, unknown (to the settings) or untagged';
COMMENT ON COLUMN chargeback_line.pool IS 'The shared cost it is a part of; NULL: direct cost';
COMMENT ON COLUMN chargeback_line.split_rule IS 'How the amount was found';

CREATE TABLE IF NOT EXISTS chargeback_change (
    charge_month DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    version NUMBER(18) NOT NULL CHECK (version > 0),
    line_number NUMBER(18) NOT NULL,
    earlier_version NUMBER(18) NOT NULL,
    bearer VARCHAR2(16 BYTE) NOT NULL,
    cost_center VARCHAR2(2048 BYTE),
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    service_name VARCHAR2(512 BYTE) NOT NULL,
    amount_before NUMBER(38, 24) NOT NULL,
    amount_after NUMBER(38, 24) NOT NULL,
    CONSTRAINT chargeback_change_pk PRIMARY KEY (
        charge_month, billing_currency, version, line_number
    )
);
COMMENT ON TABLE chargeback_change IS 'How a version differs from the closed one before';
