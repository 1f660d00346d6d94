-- What was taken in, from where, with which totals: a projection of the lake's journal.
-- Instants are TIMESTAMP in UTC; amounts are in billing_currency (costs) or in mixed units
-- (quantities); text lengths are in bytes of UTF-8 (AL32UTF8).

CREATE TABLE IF NOT EXISTS source_object (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    source VARCHAR2(128 BYTE) NOT NULL,
    uri VARCHAR2(2048 BYTE) NOT NULL,
    etag VARCHAR2(512 BYTE) NOT NULL,
    bytes NUMBER(18) NOT NULL CHECK (bytes >= 0),
    delivered_at TIMESTAMP(6) NOT NULL,
    first_seen_at TIMESTAMP(6),
    state VARCHAR2(16 BYTE) NOT NULL CHECK (state IN ('taken_in', 'superseded')),
    generation NUMBER(18) NOT NULL CHECK (generation >= 0),
    format VARCHAR2(64 BYTE),
    sha256 VARCHAR2(64 BYTE),
    records NUMBER(18) NOT NULL CHECK (records >= 0),
    lines_kept NUMBER(18) NOT NULL CHECK (lines_kept >= 0),
    lines_set_aside NUMBER(18) NOT NULL CHECK (lines_set_aside >= 0),
    unknown_columns CLOB,
    missing_columns CLOB,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    lake_version NUMBER(18) NOT NULL,
    CONSTRAINT source_object_pk PRIMARY KEY (object_id),
    CONSTRAINT source_object_lines CHECK (records = lines_kept + lines_set_aside)
);
COMMENT ON TABLE source_object IS 'One row per object of cost reports: the version that stands';
COMMENT ON COLUMN source_object.object_id IS 'First 32 hex digits of the SHA-256 of the URI';
COMMENT ON COLUMN source_object.etag IS 'The version that the row speaks of';
COMMENT ON COLUMN source_object.delivered_at IS 'Last-modified instant at the store, UTC';
COMMENT ON COLUMN source_object.first_seen_at IS 'Instant of the run that listed it first, UTC';
COMMENT ON COLUMN source_object.generation IS 'How many times the object has been taken in';
COMMENT ON COLUMN source_object.sha256 IS 'Of the unpacked text';
COMMENT ON COLUMN source_object.unknown_columns IS 'JSON list of columns the format does not know';
COMMENT ON COLUMN source_object.missing_columns IS 'JSON list of optional columns it lacks';
COMMENT ON COLUMN source_object.lake_version IS 'Delta version that holds the lines';

CREATE TABLE IF NOT EXISTS open_object (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    source VARCHAR2(128 BYTE) NOT NULL,
    uri VARCHAR2(2048 BYTE) NOT NULL,
    etag VARCHAR2(512 BYTE) NOT NULL,
    bytes NUMBER(18) NOT NULL CHECK (bytes >= 0),
    delivered_at TIMESTAMP(6) NOT NULL,
    first_seen_at TIMESTAMP(6),
    state VARCHAR2(16 BYTE) NOT NULL CHECK (state IN ('open', 'failed')),
    error CLOB,
    error_kind VARCHAR2(16 BYTE) CHECK (error_kind IN ('access', 'content')),
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT open_object_pk PRIMARY KEY (object_id),
    CONSTRAINT open_object_error CHECK (state <> 'failed' OR error_kind IS NOT NULL)
);
COMMENT ON TABLE open_object IS 'Versions that a run found and that do not stand yet, with why';

CREATE OR REPLACE VIEW ledger_object AS
SELECT
    object_id,
    source,
    uri,
    etag,
    bytes,
    delivered_at,
    first_seen_at,
    state,
    format,
    records,
    lines_kept,
    lines_set_aside,
    TO_CLOB(NULL) AS error,
    CAST(NULL AS VARCHAR2(16)) AS error_kind,
    run_id
FROM source_object
UNION ALL
SELECT
    object_id,
    source,
    uri,
    etag,
    bytes,
    delivered_at,
    first_seen_at,
    state,
    CAST(NULL AS VARCHAR2(64)) AS format,
    CAST(NULL AS NUMBER(18)) AS records,
    CAST(NULL AS NUMBER(18)) AS lines_kept,
    CAST(NULL AS NUMBER(18)) AS lines_set_aside,
    error,
    error_kind,
    run_id
FROM open_object;
COMMENT ON TABLE ledger_object IS 'Every version that stands and every one that does not yet';

CREATE TABLE IF NOT EXISTS source_object_total (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    source_amount NUMBER(38, 24) NOT NULL,
    lake_amount NUMBER(38, 24) NOT NULL,
    set_aside_amount NUMBER(38, 24) NOT NULL,
    rounding VARCHAR2(4000 BYTE) NOT NULL,
    CONSTRAINT source_object_total_pk PRIMARY KEY (object_id, billing_currency, measure)
);
COMMENT ON TABLE source_object_total IS 'Control totals: source = lake + set aside, exactly';
COMMENT ON COLUMN source_object_total.rounding IS 'Exactly what the text holds past DECIMAL(38,24)';

CREATE TABLE IF NOT EXISTS source_object_day (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    lines NUMBER(18) NOT NULL CHECK (lines >= 0),
    CONSTRAINT source_object_day_pk PRIMARY KEY (object_id, provider, charge_day)
);
COMMENT ON TABLE source_object_day IS 'Which days an object has lines on';

CREATE TABLE IF NOT EXISTS quarantine (
    object_id VARCHAR2(32 BYTE) NOT NULL,
    record_number NUMBER(18) NOT NULL,
    line_number NUMBER(18),
    column_name VARCHAR2(512 BYTE),
    reason VARCHAR2(2000 BYTE) NOT NULL,
    original_text CLOB,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT quarantine_pk PRIMARY KEY (object_id, record_number)
);
COMMENT ON TABLE quarantine IS 'Records that were set aside, with their original text and why';

CREATE TABLE IF NOT EXISTS pending_day (
    provider VARCHAR2(64 BYTE) NOT NULL,
    charge_day DATE NOT NULL,
    CONSTRAINT pending_day_pk PRIMARY KEY (provider, charge_day)
);
COMMENT ON TABLE pending_day IS 'Days that intake has touched and nothing has published yet';

CREATE TABLE IF NOT EXISTS covered_period (
    source VARCHAR2(128 BYTE) NOT NULL,
    period_start TIMESTAMP(6) NOT NULL,
    period_end TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT covered_period_pk PRIMARY KEY (source, period_start, period_end),
    CONSTRAINT covered_period_order CHECK (period_start < period_end)
);
COMMENT ON TABLE covered_period IS 'Delivery periods [start, end) that a run has taken in, UTC';

CREATE TABLE IF NOT EXISTS ledger_state (
    name VARCHAR2(128 BYTE) NOT NULL,
    value VARCHAR2(4000 BYTE),
    CONSTRAINT ledger_state_pk PRIMARY KEY (name)
);
COMMENT ON TABLE ledger_state IS 'Where the projection stands, such as the last Delta version read';
