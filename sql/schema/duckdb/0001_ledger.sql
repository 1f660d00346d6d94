-- What was taken in, from where, with which totals: a projection of the lake's journal.
-- Instants are TIMESTAMP in UTC; amounts are in billing_currency (costs) or in mixed units
-- (quantities); texts are held to the byte lengths that Oracle declares.

CREATE TABLE source_object (
    object_id VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(object_id) <= 32),
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2048),
    etag VARCHAR NOT NULL CHECK (strlen(etag) <= 512),
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    delivered_at TIMESTAMP NOT NULL,
    first_seen_at TIMESTAMP,
    state VARCHAR NOT NULL CHECK (state IN ('taken_in', 'superseded')),
    generation BIGINT NOT NULL CHECK (generation >= 0),
    format VARCHAR CHECK (strlen(format) <= 64),
    sha256 VARCHAR CHECK (strlen(sha256) <= 64),
    records BIGINT NOT NULL CHECK (records >= 0),
    lines_kept BIGINT NOT NULL CHECK (lines_kept >= 0),
    lines_set_aside BIGINT NOT NULL CHECK (lines_set_aside >= 0),
    unknown_columns VARCHAR,
    missing_columns VARCHAR,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    lake_version BIGINT NOT NULL,
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

CREATE TABLE open_object (
    object_id VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(object_id) <= 32),
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2048),
    etag VARCHAR NOT NULL CHECK (strlen(etag) <= 512),
    bytes BIGINT NOT NULL CHECK (bytes >= 0),
    delivered_at TIMESTAMP NOT NULL,
    first_seen_at TIMESTAMP,
    state VARCHAR NOT NULL CHECK (state IN ('open', 'failed')),
    error VARCHAR,
    error_kind VARCHAR CHECK (error_kind IN ('access', 'content')),
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    CONSTRAINT open_object_error CHECK (state <> 'failed' OR error_kind IS NOT NULL)
);
COMMENT ON TABLE open_object IS 'Versions that a run found and that do not stand yet, with why';

CREATE VIEW ledger_object AS
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
    NULL AS error,
    NULL AS error_kind,
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
    NULL AS format,
    NULL AS records,
    NULL AS lines_kept,
    NULL AS lines_set_aside,
    error,
    error_kind,
    run_id
FROM open_object;
COMMENT ON VIEW ledger_object IS 'Every version that stands and every one that does not yet';

CREATE TABLE source_object_total (
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    source_amount DECIMAL(38, 24) NOT NULL,
    lake_amount DECIMAL(38, 24) NOT NULL,
    set_aside_amount DECIMAL(38, 24) NOT NULL,
    rounding VARCHAR NOT NULL CHECK (strlen(rounding) <= 4000),
    PRIMARY KEY (object_id, billing_currency, measure)
);
COMMENT ON TABLE source_object_total IS 'Control totals: source = lake + set aside, exactly';
COMMENT ON COLUMN source_object_total.rounding IS 'Exactly what the text holds past DECIMAL(38,24)';

CREATE TABLE source_object_day (
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    lines BIGINT NOT NULL CHECK (lines >= 0),
    PRIMARY KEY (object_id, provider, charge_day)
);
COMMENT ON TABLE source_object_day IS 'Which days an object has lines on';

CREATE TABLE quarantine (
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    record_number BIGINT NOT NULL,
    line_number BIGINT,
    column_name VARCHAR CHECK (strlen(column_name) <= 512),
    reason VARCHAR NOT NULL CHECK (strlen(reason) <= 2000),
    original_text VARCHAR,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (object_id, record_number)
);
COMMENT ON TABLE quarantine IS 'Records that were set aside, with their original text and why';

CREATE TABLE pending_day (
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    PRIMARY KEY (provider, charge_day)
);
COMMENT ON TABLE pending_day IS 'Days that intake has touched and nothing has published yet';

CREATE TABLE covered_period (
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    period_start TIMESTAMP NOT NULL,
    period_end TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (source, period_start, period_end),
    CONSTRAINT covered_period_order CHECK (period_start < period_end)
);
COMMENT ON TABLE covered_period IS 'Delivery periods [start, end) that a run has taken in, UTC';

CREATE TABLE ledger_state (
    name VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(name) <= 128),
    value VARCHAR CHECK (strlen(value) <= 4000)
);
COMMENT ON TABLE ledger_state IS 'Where the projection stands, such as the last Delta version read';
