-- The day-grain mart, its staging table, and the proof that it holds what the lake holds.
-- provider is the lake's partition slug; provider_name is FOCUS ProviderName. Costs are in
-- billing_currency, quantities in pricing_unit and consumed_unit.

CREATE TABLE IF NOT EXISTS daily_cost (
    grain_key VARCHAR2(32 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    provider_name VARCHAR2(256 BYTE) NOT NULL,
    billing_account_id VARCHAR2(512 BYTE) NOT NULL,
    sub_account_id VARCHAR2(512 BYTE),
    region_id VARCHAR2(256 BYTE),
    service_name VARCHAR2(512 BYTE) NOT NULL,
    sku_id VARCHAR2(512 BYTE),
    pricing_unit VARCHAR2(256 BYTE),
    consumed_unit VARCHAR2(256 BYTE),
    charge_category VARCHAR2(64 BYTE) NOT NULL,
    charge_class VARCHAR2(64 BYTE),
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    tag_set_id VARCHAR2(32 BYTE),
    billed_cost NUMBER(38, 24) NOT NULL,
    effective_cost NUMBER(38, 24) NOT NULL,
    list_cost NUMBER(38, 24),
    contracted_cost NUMBER(38, 24),
    pricing_quantity NUMBER(38, 24),
    consumed_quantity NUMBER(38, 24),
    line_count NUMBER(18) NOT NULL CHECK (line_count > 0),
    mart_version NUMBER(18) NOT NULL,
    CONSTRAINT daily_cost_pk PRIMARY KEY (grain_key)
);
COMMENT ON TABLE daily_cost IS 'Cost and quantity per day and grain, summed exactly from the lake';
COMMENT ON COLUMN daily_cost.grain_key IS '32 hex digits over the grain columns';
COMMENT ON COLUMN daily_cost.tag_set_id IS '32 hex digits over the kept tags; see tag_set_value';
COMMENT ON COLUMN daily_cost.mart_version IS 'mart_state.version the row was made by';
-- Publishing and every report go by day.
CREATE INDEX IF NOT EXISTS daily_cost_day_ix ON daily_cost (charge_day, provider);

CREATE TABLE IF NOT EXISTS daily_cost_stage (
    grain_key VARCHAR2(32 BYTE),
    provider VARCHAR2(64 BYTE),
    charge_day DATE,
    provider_name VARCHAR2(256 BYTE),
    billing_account_id VARCHAR2(512 BYTE),
    sub_account_id VARCHAR2(512 BYTE),
    region_id VARCHAR2(256 BYTE),
    service_name VARCHAR2(512 BYTE),
    sku_id VARCHAR2(512 BYTE),
    pricing_unit VARCHAR2(256 BYTE),
    consumed_unit VARCHAR2(256 BYTE),
    charge_category VARCHAR2(64 BYTE),
    charge_class VARCHAR2(64 BYTE),
    billing_currency VARCHAR2(32 BYTE),
    tag_set_id VARCHAR2(32 BYTE),
    billed_cost NUMBER(38, 24),
    effective_cost NUMBER(38, 24),
    list_cost NUMBER(38, 24),
    contracted_cost NUMBER(38, 24),
    pricing_quantity NUMBER(38, 24),
    consumed_quantity NUMBER(38, 24),
    line_count NUMBER(18),
    mart_version NUMBER(18)
);
COMMENT ON TABLE daily_cost_stage IS 'The next rows of daily_cost, before they are proven';

CREATE TABLE IF NOT EXISTS tag_set_value (
    tag_set_id VARCHAR2(32 BYTE) NOT NULL,
    tag_key VARCHAR2(512 BYTE) NOT NULL,
    tag_value VARCHAR2(2048 BYTE),
    CONSTRAINT tag_set_value_pk PRIMARY KEY (tag_set_id, tag_key)
);
COMMENT ON TABLE tag_set_value IS 'The tags of a tag set; an empty value is NULL';

CREATE TABLE IF NOT EXISTS mart_state (
    mart VARCHAR2(64 BYTE) NOT NULL,
    version NUMBER(18) NOT NULL,
    built_by CLOB NOT NULL,
    CONSTRAINT mart_state_pk PRIMARY KEY (mart)
);
COMMENT ON TABLE mart_state IS 'Which definition a mart is built by';
COMMENT ON COLUMN mart_state.built_by IS 'JSON; for daily_cost the tag keys it is kept by';

CREATE TABLE IF NOT EXISTS reconciliation (
    run_id VARCHAR2(256 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    lake_amount NUMBER(38, 24) NOT NULL,
    mart_amount NUMBER(38, 24) NOT NULL,
    difference NUMBER(38, 24) NOT NULL,
    published_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT reconciliation_pk PRIMARY KEY (provider, charge_day, billing_currency, measure)
);
COMMENT ON TABLE reconciliation IS 'Lake against mart at the newest publish of each day';
