-- What the expectations found. A run that is repeated replaces its own rows.

CREATE TABLE quality_result (
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    stage VARCHAR NOT NULL CHECK (strlen(stage) <= 256),
    judged_at TIMESTAMP NOT NULL,
    expectation VARCHAR NOT NULL CHECK (strlen(expectation) <= 512),
    column_name VARCHAR CHECK (strlen(column_name) <= 512),
    severity VARCHAR NOT NULL CHECK (severity IN ('error', 'warning')),
    success BIGINT NOT NULL CHECK (success IN (0, 1)),
    observed VARCHAR CHECK (strlen(observed) <= 4000),
    unexpected_count BIGINT,
    details VARCHAR CHECK (strlen(details) <= 4000)
);
COMMENT ON TABLE quality_result IS 'One row per expectation of a run and stage';
COMMENT ON COLUMN quality_result.judged_at IS 'Instant of the run that judged, UTC';
COMMENT ON COLUMN quality_result.success IS '1 when the expectation was met, else 0';
COMMENT ON COLUMN quality_result.unexpected_count IS 'Ledger lines that break it';
COMMENT ON COLUMN quality_result.details IS 'Samples of what was found, and where';
