-- What each redelivery changed: a projection of the lake's journal.

CREATE TABLE IF NOT EXISTS redelivery_change (
    lake_version NUMBER(18) NOT NULL,
    source VARCHAR2(128 BYTE) NOT NULL,
    delivery VARCHAR2(2048 BYTE) NOT NULL,
    delivered_at TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    billing_period DATE NOT NULL,
    service_name VARCHAR2(512 BYTE),
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    billed_cost_before NUMBER(38, 24),
    billed_cost_after NUMBER(38, 24),
    effective_cost_before NUMBER(38, 24),
    effective_cost_after NUMBER(38, 24),
    lines_before NUMBER(18) NOT NULL CHECK (lines_before >= 0),
    lines_after NUMBER(18) NOT NULL CHECK (lines_after >= 0)
);
COMMENT ON TABLE redelivery_change IS 'Services whose lines a redelivery changed: before and after';
COMMENT ON COLUMN redelivery_change.lake_version IS 'Delta version that replaced the lines';
COMMENT ON COLUMN redelivery_change.delivery IS 'URI of the object, or export folder and execution';
COMMENT ON COLUMN redelivery_change.billing_period IS 'First day of the billing period';
COMMENT ON COLUMN redelivery_change.billed_cost_before IS 'NULL when no NUMBER(38,24) holds it';
COMMENT ON COLUMN source_object.sha256 IS 'Of the object as delivered';
