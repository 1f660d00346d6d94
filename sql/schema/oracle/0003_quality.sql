-- What the expectations found. A run that is repeated replaces its own rows.

CREATE TABLE IF NOT EXISTS quality_result (
    run_id VARCHAR2(256 BYTE) NOT NULL,
    stage VARCHAR2(256 BYTE) NOT NULL,
    judged_at TIMESTAMP(6) NOT NULL,
    expectation VARCHAR2(512 BYTE) NOT NULL,
    column_name VARCHAR2(512 BYTE),
    severity VARCHAR2(16 BYTE) NOT NULL CHECK (severity IN ('error', 'warning')),
    success NUMBER(18) NOT NULL CHECK (success IN (0, 1)),
    observed VARCHAR2(4000 BYTE),
    unexpected_count NUMBER(18),
    details VARCHAR2(4000 BYTE)
);
COMMENT ON TABLE quality_result IS 'One row per expectation of a run and stage';
COMMENT ON COLUMN quality_result.judged_at IS 'Instant of the run that judged, UTC';
COMMENT ON COLUMN quality_result.success IS '1 when the expectation was met, else 0';
COMMENT ON COLUMN quality_result.unexpected_count IS 'Ledger lines that break it';
COMMENT ON COLUMN quality_result.details IS 'Samples of what was found, and where';
CREATE INDEX IF NOT EXISTS quality_result_run_ix ON quality_result (run_id, stage);
