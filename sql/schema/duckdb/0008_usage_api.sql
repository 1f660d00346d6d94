-- What the providers' usage APIs answer, beside the reports, and where the two differ. Costs are
-- in billing_currency, quantities in consumed_unit. A day of a query is replaced as a whole.

CREATE TABLE usage_collected (
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    query VARCHAR NOT NULL CHECK (strlen(query) <= 512),
    charge_day DATE NOT NULL,
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    account_id VARCHAR CHECK (strlen(account_id) <= 512),
    answer_rows BIGINT NOT NULL CHECK (answer_rows >= 0),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (source, query, charge_day)
);
COMMENT ON TABLE usage_collected IS 'Which days a usage API was asked for, also those without rows';
COMMENT ON COLUMN usage_collected.query IS 'resource, account, or tag:<key>';
COMMENT ON COLUMN usage_collected.account_id IS 'Tenancy or payer asked about; NULL: all of them';
COMMENT ON COLUMN usage_collected.as_of IS 'Instant of the run that asked, UTC';

CREATE TABLE usage_api_cost (
    usage_key VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(usage_key) <= 32),
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    query VARCHAR NOT NULL CHECK (strlen(query) <= 512),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    sub_account_id VARCHAR CHECK (strlen(sub_account_id) <= 512),
    resource_id VARCHAR CHECK (strlen(resource_id) <= 2048),
    tag_key VARCHAR CHECK (strlen(tag_key) <= 512),
    tag_value VARCHAR CHECK (strlen(tag_value) <= 2048),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    billed_cost DECIMAL(38, 24) NOT NULL,
    effective_cost DECIMAL(38, 24),
    consumed_quantity DECIMAL(38, 24),
    consumed_unit VARCHAR CHECK (strlen(consumed_unit) <= 256),
    rounding_bound DECIMAL(38, 24) NOT NULL CHECK (rounding_bound >= 0),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256)
);
COMMENT ON TABLE usage_api_cost IS 'A day of a group of a usage API query, as it was answered';
COMMENT ON COLUMN usage_api_cost.usage_key IS '32 hex digits over source, query, day and group';
COMMENT ON COLUMN usage_api_cost.effective_cost IS 'NULL where the API knows one cost only';
COMMENT ON COLUMN usage_api_cost.rounding_bound IS 'How far off a cost may be as the API writes it';

CREATE TABLE usage_difference (
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    report_cost DECIMAL(38, 24) NOT NULL,
    api_cost DECIMAL(38, 24) NOT NULL,
    difference DECIMAL(38, 24) NOT NULL,
    late_cost DECIMAL(38, 24) NOT NULL,
    correction_cost DECIMAL(38, 24) NOT NULL,
    credit_cost DECIMAL(38, 24) NOT NULL,
    rounding_cost DECIMAL(38, 24) NOT NULL,
    unknown_cost DECIMAL(38, 24) NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (source, charge_day, service_name, billing_currency, measure),
    CONSTRAINT usage_difference_is CHECK (difference = report_cost - api_cost),
    CONSTRAINT usage_difference_parts CHECK (
        difference = late_cost + correction_cost + credit_cost + rounding_cost + unknown_cost
    )
);
COMMENT ON TABLE usage_difference IS 'Reports against usage API, with what explains the difference';
COMMENT ON COLUMN usage_difference.measure IS 'BilledCost or EffectiveCost';
COMMENT ON COLUMN usage_difference.as_of IS 'Instant of the run that asked the API, UTC';
