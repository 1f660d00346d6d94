-- What the providers' usage APIs answer, beside the reports, and where the two differ. Costs are
-- in billing_currency, quantities in consumed_unit. A day of a query is replaced as a whole.

CREATE TABLE IF NOT EXISTS usage_collected (
    source VARCHAR2(128 BYTE) NOT NULL,
    query VARCHAR2(512 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    account_id VARCHAR2(512 BYTE),
    answer_rows NUMBER(18) NOT NULL CHECK (answer_rows >= 0),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT usage_collected_pk PRIMARY KEY (source, query, charge_day)
);
COMMENT ON TABLE usage_collected IS 'Which days a usage API was asked for, also those without rows';
COMMENT ON COLUMN usage_collected.query IS 'resource, account, or tag:<key>';
COMMENT ON COLUMN usage_collected.account_id IS 'Tenancy or payer asked about; NULL: all of them';
COMMENT ON COLUMN usage_collected.as_of IS 'Instant of the run that asked, UTC';

CREATE TABLE IF NOT EXISTS usage_api_cost (
    usage_key VARCHAR2(32 BYTE) NOT NULL,
    source VARCHAR2(128 BYTE) NOT NULL,
    query VARCHAR2(512 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    service_name VARCHAR2(512 BYTE) NOT NULL,
    sub_account_id VARCHAR2(512 BYTE),
    resource_id VARCHAR2(2048 BYTE),
    tag_key VARCHAR2(512 BYTE),
    tag_value VARCHAR2(2048 BYTE),
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    billed_cost NUMBER(38, 24) NOT NULL,
    effective_cost NUMBER(38, 24),
    consumed_quantity NUMBER(38, 24),
    consumed_unit VARCHAR2(256 BYTE),
    rounding_bound NUMBER(38, 24) NOT NULL CHECK (rounding_bound >= 0),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT usage_api_cost_pk PRIMARY KEY (usage_key)
);
COMMENT ON TABLE usage_api_cost IS 'A day of a group of a usage API query, as it was answered';
COMMENT ON COLUMN usage_api_cost.usage_key IS '32 hex digits over source, query, day and group';
COMMENT ON COLUMN usage_api_cost.effective_cost IS 'NULL where the API knows one cost only';
COMMENT ON COLUMN usage_api_cost.rounding_bound IS 'How far off a cost may be as the API writes it';
-- A day of a query is replaced as a whole, and compared by source and day.
CREATE INDEX IF NOT EXISTS usage_api_cost_day_ix ON usage_api_cost (source, query, charge_day);

CREATE TABLE IF NOT EXISTS usage_difference (
    source VARCHAR2(128 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    service_name VARCHAR2(512 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    report_cost NUMBER(38, 24) NOT NULL,
    api_cost NUMBER(38, 24) NOT NULL,
    difference NUMBER(38, 24) NOT NULL,
    late_cost NUMBER(38, 24) NOT NULL,
    correction_cost NUMBER(38, 24) NOT NULL,
    credit_cost NUMBER(38, 24) NOT NULL,
    rounding_cost NUMBER(38, 24) NOT NULL,
    unknown_cost NUMBER(38, 24) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT usage_difference_pk PRIMARY KEY (
        source, charge_day, service_name, billing_currency, measure
    ),
    CONSTRAINT usage_difference_is CHECK (difference = report_cost - api_cost),
    CONSTRAINT usage_difference_parts CHECK (
        difference = late_cost + correction_cost + credit_cost + rounding_cost + unknown_cost
    )
);
COMMENT ON TABLE usage_difference IS 'Reports against usage API, with what explains the difference';
COMMENT ON COLUMN usage_difference.measure IS 'BilledCost or EffectiveCost';
COMMENT ON COLUMN usage_difference.as_of IS 'Instant of the run that asked the API, UTC';
