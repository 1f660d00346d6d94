-- Lines that stand in the lake and do not count, corrections with both of their ends, and the days'
-- proof with both in it. Every day is published anew after this migration, which fills the tables.

CREATE TABLE IF NOT EXISTS displaced_line (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    reason VARCHAR2(16 BYTE) NOT NULL CHECK (reason IN ('newer_object', 'source_priority')),
    lines NUMBER(18) NOT NULL CHECK (lines > 0),
    amount NUMBER(38, 24),
    exact_amount VARCHAR2(4000 BYTE),
    CONSTRAINT displaced_line_pk PRIMARY KEY (
        object_id, provider, charge_day, billing_currency, measure, reason
    )
);
COMMENT ON TABLE displaced_line IS 'Totals of the lines that another object or source counts';
COMMENT ON COLUMN displaced_line.exact_amount IS 'The sum where no DECIMAL(38,24) holds it';

CREATE TABLE IF NOT EXISTS long_quantity (
    grain_key VARCHAR2(32 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    exact_amount VARCHAR2(4000 BYTE) NOT NULL,
    CONSTRAINT long_quantity_pk PRIMARY KEY (grain_key, measure)
);
COMMENT ON TABLE long_quantity IS 'Sums too long for daily_cost, which holds NULL in their place';
COMMENT ON COLUMN long_quantity.grain_key IS 'The row of daily_cost';

CREATE TABLE IF NOT EXISTS correction (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    record_number NUMBER(18) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    charge_period_start TIMESTAMP(6) NOT NULL,
    charge_period_end TIMESTAMP(6) NOT NULL,
    account VARCHAR2(512 BYTE) NOT NULL,
    billing_account_id VARCHAR2(512 BYTE) NOT NULL,
    service_name VARCHAR2(512 BYTE) NOT NULL,
    resource_id VARCHAR2(512 BYTE),
    reference_number VARCHAR2(1024 BYTE),
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    billed_cost NUMBER(38, 24) NOT NULL,
    effective_cost NUMBER(38, 24) NOT NULL,
    quantity NUMBER(38, 24),
    unit VARCHAR2(256 BYTE),
    corrected_reference VARCHAR2(1024 BYTE) NOT NULL,
    corrected_object_id VARCHAR2(32 BYTE),
    corrected_record_number NUMBER(18),
    corrected_day DATE,
    corrected_billed_cost NUMBER(38, 24),
    corrected_effective_cost NUMBER(38, 24),
    corrected_quantity NUMBER(38, 24),
    corrected_currency VARCHAR2(32 BYTE),
    days_apart NUMBER(18),
    status VARCHAR2(16 BYTE) NOT NULL CHECK (status IN ('resolved', 'unresolved')),
    CONSTRAINT correction_pk PRIMARY KEY (object_id, record_number)
);
COMMENT ON TABLE correction IS 'Counted lines that correct an earlier one, with the corrected line';
COMMENT ON COLUMN correction.account IS 'The tenancy where a line names one, else billing account';
COMMENT ON COLUMN correction.corrected_reference IS 'Reference number that the line points back to';
COMMENT ON COLUMN correction.days_apart IS 'Charge day less the corrected line''s';
COMMENT ON COLUMN correction.status IS 'unresolved: no counted line has that reference number';

DROP TABLE IF EXISTS reconciliation;
CREATE TABLE IF NOT EXISTS reconciliation (
    run_id VARCHAR2(256 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    lake_amount NUMBER(38, 24),
    mart_amount NUMBER(38, 24),
    displaced_amount NUMBER(38, 24),
    exact_amounts VARCHAR2(4000 BYTE),
    difference NUMBER(38, 24) NOT NULL,
    published_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT reconciliation_pk PRIMARY KEY (provider, charge_day, billing_currency, measure)
);
COMMENT ON TABLE reconciliation IS 'lake = mart + displaced, at the newest publish of each day';
COMMENT ON COLUMN reconciliation.exact_amounts IS 'The three as text where they are too long';
-- Publishing goes by day.
CREATE INDEX IF NOT EXISTS displaced_line_day_ix ON displaced_line (charge_day, provider);
CREATE INDEX IF NOT EXISTS long_quantity_day_ix ON long_quantity (charge_day, provider);
CREATE INDEX IF NOT EXISTS correction_day_ix ON correction (charge_day, provider);
