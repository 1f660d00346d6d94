-- What the expectations found. A run that is repeated replaces its own rows.

CREATE TABLE IF NOT EXISTS quality_result (
    run_id VARCHAR2(256 BYTE) NOT NULL,
    stage VARCHAR2(64 BYTE) NOT NULL,
    expectation VARCHAR2(256 BYTE) NOT NULL,
    column_name VARCHAR2(512 BYTE),
    success NUMBER(1) NOT NULL CHECK (success IN (0, 1)),
    observed VARCHAR2(4000 BYTE),
    unexpected_count NUMBER(18),
    details CLOB
);
COMMENT ON TABLE quality_result IS 'One row per expectation of a run and stage';
COMMENT ON COLUMN quality_result.success IS '1 when the expectation was met, else 0';
COMMENT ON COLUMN quality_result.details IS 'JSON, as the expectation engine reported it';
CREATE INDEX IF NOT EXISTS quality_result_run_ix ON quality_result (run_id, stage);
