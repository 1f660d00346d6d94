-- Lines that stand in the lake and do not count, corrections with both of their ends, and the days'
-- proof with both in it. Every day is published anew after this migration, which fills the tables.

CREATE TABLE displaced_line (
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    reason VARCHAR NOT NULL CHECK (reason IN ('newer_object', 'source_priority')),
    lines BIGINT NOT NULL CHECK (lines > 0),
    amount DECIMAL(38, 24),
    exact_amount VARCHAR CHECK (strlen(exact_amount) <= 4000),
    PRIMARY KEY (object_id, provider, charge_day, billing_currency, measure, reason)
);
COMMENT ON TABLE displaced_line IS 'Totals of the lines that another object or source counts';
COMMENT ON COLUMN displaced_line.exact_amount IS 'The sum where no DECIMAL(38,24) holds it';

CREATE TABLE long_quantity (
    grain_key VARCHAR NOT NULL CHECK (strlen(grain_key) <= 32),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    exact_amount VARCHAR NOT NULL CHECK (strlen(exact_amount) <= 4000),
    PRIMARY KEY (grain_key, measure)
);
COMMENT ON TABLE long_quantity IS 'Sums too long for daily_cost, which holds NULL in their place';
COMMENT ON COLUMN long_quantity.grain_key IS 'The row of daily_cost';

CREATE TABLE correction (
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    record_number BIGINT NOT NULL,
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    charge_period_start TIMESTAMP NOT NULL,
    charge_period_end TIMESTAMP NOT NULL,
    account VARCHAR NOT NULL CHECK (strlen(account) <= 512),
    billing_account_id VARCHAR NOT NULL CHECK (strlen(billing_account_id) <= 512),
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    resource_id VARCHAR CHECK (strlen(resource_id) <= 512),
    reference_number VARCHAR CHECK (strlen(reference_number) <= 1024),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    billed_cost DECIMAL(38, 24) NOT NULL,
    effective_cost DECIMAL(38, 24) NOT NULL,
    quantity DECIMAL(38, 24),
    unit VARCHAR CHECK (strlen(unit) <= 256),
    corrected_reference VARCHAR NOT NULL CHECK (strlen(corrected_reference) <= 1024),
    corrected_object_id VARCHAR CHECK (strlen(corrected_object_id) <= 32),
    corrected_record_number BIGINT,
    corrected_day DATE,
    corrected_billed_cost DECIMAL(38, 24),
    corrected_effective_cost DECIMAL(38, 24),
    corrected_quantity DECIMAL(38, 24),
    corrected_currency VARCHAR CHECK (strlen(corrected_currency) <= 32),
    days_apart BIGINT,
    status VARCHAR NOT NULL CHECK (status IN ('resolved', 'unresolved')),
    PRIMARY KEY (object_id, record_number)
);
COMMENT ON TABLE correction IS 'Counted lines that correct an earlier one, with the corrected line';
COMMENT ON COLUMN correction.account IS 'The tenancy where a line names one, else billing account';
COMMENT ON COLUMN correction.corrected_reference IS 'Reference number that the line points back to';
COMMENT ON COLUMN correction.days_apart IS 'Charge day less the corrected line''s';
COMMENT ON COLUMN correction.status IS 'unresolved: no counted line has that reference number';

DROP TABLE reconciliation;
CREATE TABLE reconciliation (
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    lake_amount DECIMAL(38, 24),
    mart_amount DECIMAL(38, 24),
    displaced_amount DECIMAL(38, 24),
    exact_amounts VARCHAR CHECK (strlen(exact_amounts) <= 4000),
    difference DECIMAL(38, 24) NOT NULL,
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (provider, charge_day, billing_currency, measure)
);
COMMENT ON TABLE reconciliation IS 'lake = mart + displaced, at the newest publish of each day';
COMMENT ON COLUMN reconciliation.exact_amounts IS 'The three as text where they are too long';
