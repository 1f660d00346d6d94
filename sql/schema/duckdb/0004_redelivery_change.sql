-- What each redelivery changed: a projection of the lake's journal.

CREATE TABLE redelivery_change (
    lake_version BIGINT NOT NULL,
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    delivery VARCHAR NOT NULL CHECK (strlen(delivery) <= 2048),
    delivered_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    billing_period DATE NOT NULL,
    service_name VARCHAR CHECK (strlen(service_name) <= 512),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    billed_cost_before DECIMAL(38, 24),
    billed_cost_after DECIMAL(38, 24),
    effective_cost_before DECIMAL(38, 24),
    effective_cost_after DECIMAL(38, 24),
    lines_before BIGINT NOT NULL CHECK (lines_before >= 0),
    lines_after BIGINT NOT NULL CHECK (lines_after >= 0)
);
COMMENT ON TABLE redelivery_change IS 'Services whose lines a redelivery changed: before and after';
COMMENT ON COLUMN redelivery_change.lake_version IS 'Delta version that replaced the lines';
COMMENT ON COLUMN redelivery_change.delivery IS 'URI of the object, or export folder and execution';
COMMENT ON COLUMN redelivery_change.billing_period IS 'First day of the billing period';
COMMENT ON COLUMN redelivery_change.billed_cost_before IS 'NULL when no DECIMAL(38,24) holds it';
COMMENT ON COLUMN source_object.sha256 IS 'Of the object as delivered';
