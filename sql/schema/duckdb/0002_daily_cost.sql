-- The day-grain mart, its staging table, and the proof that it holds what the lake holds.
-- provider is the lake's partition slug; provider_name is FOCUS ProviderName. Costs are in
-- billing_currency, quantities in pricing_unit and consumed_unit.

CREATE TABLE daily_cost (
    grain_key VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(grain_key) <= 32),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    provider_name VARCHAR NOT NULL CHECK (strlen(provider_name) <= 256),
    billing_account_id VARCHAR NOT NULL CHECK (strlen(billing_account_id) <= 512),
    sub_account_id VARCHAR CHECK (strlen(sub_account_id) <= 512),
    region_id VARCHAR CHECK (strlen(region_id) <= 256),
    service_name VARCHAR NOT NULL CHECK (strlen(service_name) <= 512),
    sku_id VARCHAR CHECK (strlen(sku_id) <= 512),
    pricing_unit VARCHAR CHECK (strlen(pricing_unit) <= 256),
    consumed_unit VARCHAR CHECK (strlen(consumed_unit) <= 256),
    charge_category VARCHAR NOT NULL CHECK (strlen(charge_category) <= 64),
    charge_class VARCHAR CHECK (strlen(charge_class) <= 64),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    tag_set_id VARCHAR CHECK (strlen(tag_set_id) <= 32),
    billed_cost DECIMAL(38, 24) NOT NULL,
    effective_cost DECIMAL(38, 24) NOT NULL,
    list_cost DECIMAL(38, 24),
    contracted_cost DECIMAL(38, 24),
    pricing_quantity DECIMAL(38, 24),
    consumed_quantity DECIMAL(38, 24),
    line_count BIGINT NOT NULL CHECK (line_count > 0),
    mart_version BIGINT NOT NULL
);
COMMENT ON TABLE daily_cost IS 'Cost and quantity per day and grain, summed exactly from the lake';
COMMENT ON COLUMN daily_cost.grain_key IS '32 hex digits over the grain columns';
COMMENT ON COLUMN daily_cost.tag_set_id IS '32 hex digits over the kept tags; see tag_set_value';
COMMENT ON COLUMN daily_cost.mart_version IS 'mart_state.version the row was made by';

CREATE TABLE daily_cost_stage (
    grain_key VARCHAR,
    provider VARCHAR,
    charge_day DATE,
    provider_name VARCHAR,
    billing_account_id VARCHAR,
    sub_account_id VARCHAR,
    region_id VARCHAR,
    service_name VARCHAR,
    sku_id VARCHAR,
    pricing_unit VARCHAR,
    consumed_unit VARCHAR,
    charge_category VARCHAR,
    charge_class VARCHAR,
    billing_currency VARCHAR,
    tag_set_id VARCHAR,
    billed_cost DECIMAL(38, 24),
    effective_cost DECIMAL(38, 24),
    list_cost DECIMAL(38, 24),
    contracted_cost DECIMAL(38, 24),
    pricing_quantity DECIMAL(38, 24),
    consumed_quantity DECIMAL(38, 24),
    line_count BIGINT,
    mart_version BIGINT
);
COMMENT ON TABLE daily_cost_stage IS 'The next rows of daily_cost, before they are proven';

CREATE TABLE tag_set_value (
    tag_set_id VARCHAR NOT NULL CHECK (strlen(tag_set_id) <= 32),
    tag_key VARCHAR NOT NULL CHECK (strlen(tag_key) <= 512),
    tag_value VARCHAR CHECK (strlen(tag_value) <= 2048),
    PRIMARY KEY (tag_set_id, tag_key)
);
COMMENT ON TABLE tag_set_value IS 'The tags of a tag set; an empty value is NULL';

CREATE TABLE mart_state (
    mart VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(mart) <= 64),
    version BIGINT NOT NULL,
    built_by VARCHAR NOT NULL
);
COMMENT ON TABLE mart_state IS 'Which definition a mart is built by';
COMMENT ON COLUMN mart_state.built_by IS 'JSON; for daily_cost the tag keys it is kept by';

CREATE TABLE reconciliation (
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    lake_amount DECIMAL(38, 24) NOT NULL,
    mart_amount DECIMAL(38, 24) NOT NULL,
    difference DECIMAL(38, 24) NOT NULL,
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (provider, charge_day, billing_currency, measure)
);
COMMENT ON TABLE reconciliation IS 'Lake against mart at the newest publish of each day';
