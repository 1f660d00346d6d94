-- When lines arrived and in what shape: projections of the lake's journal, and what they say.

CREATE TABLE arrival (
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    generation BIGINT NOT NULL CHECK (generation >= 1),
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    format VARCHAR CHECK (strlen(format) <= 64),
    delivered_at TIMESTAMP NOT NULL,
    first_seen_at TIMESTAMP,
    lines BIGINT NOT NULL CHECK (lines >= 0),
    PRIMARY KEY (object_id, generation, provider, charge_day)
);
COMMENT ON TABLE arrival IS 'Lines of every version of every object by day, also of replaced ones';
COMMENT ON COLUMN arrival.generation IS 'Which version of the object, as in source_object';
COMMENT ON COLUMN arrival.format IS 'Report format; empty where the object was superseded';
COMMENT ON COLUMN arrival.delivered_at IS 'Instant at which its whole delivery had arrived, UTC';
COMMENT ON COLUMN arrival.first_seen_at IS 'Instant of the run that listed it first, UTC';
COMMENT ON COLUMN arrival.lines IS 'Lines of this version; 0 where only the one before it had any';

CREATE TABLE completeness (
    provider VARCHAR NOT NULL CHECK (strlen(provider) <= 64),
    charge_day DATE NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('complete', 'filling', 'stalled')),
    expected_share DECIMAL(38, 24) NOT NULL,
    arrived_share DECIMAL(38, 24) NOT NULL,
    lines BIGINT NOT NULL CHECK (lines >= 0),
    likely_lines BIGINT CHECK (likely_lines >= 0),
    history_days BIGINT NOT NULL CHECK (history_days >= 0),
    as_of TIMESTAMP NOT NULL,
    PRIMARY KEY (provider, charge_day)
);
COMMENT ON TABLE completeness IS 'How much of each recent day has arrived, as of the newest run';
COMMENT ON COLUMN completeness.expected_share IS 'Share of lines that should have arrived by now';
COMMENT ON COLUMN completeness.arrived_share IS 'Share that the newest deliveries usually bring';
COMMENT ON COLUMN completeness.lines IS 'Lines that have arrived, all sources of the provider';
COMMENT ON COLUMN completeness.likely_lines IS 'Lines that the day will likely have in the end';
COMMENT ON COLUMN completeness.history_days IS 'Settled days that the shares are learned from';
COMMENT ON COLUMN completeness.as_of IS 'Instant up to which arrivals were looked at, UTC';

CREATE TABLE source_rhythm (
    source VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(source) <= 128),
    status VARCHAR NOT NULL CHECK (status IN ('arriving', 'stalled', 'unknown')),
    deliveries BIGINT NOT NULL CHECK (deliveries >= 0),
    last_arrival_at TIMESTAMP,
    usual_gap_seconds BIGINT CHECK (usual_gap_seconds >= 0),
    limit_seconds BIGINT CHECK (limit_seconds >= 0),
    stalled_since TIMESTAMP,
    as_of TIMESTAMP NOT NULL
);
COMMENT ON TABLE source_rhythm IS 'Whether objects of a source still arrive as usual';
COMMENT ON COLUMN source_rhythm.status IS 'unknown: too few deliveries to know what is usual';
COMMENT ON COLUMN source_rhythm.deliveries IS 'Deliveries that the gap is learned from';
COMMENT ON COLUMN source_rhythm.usual_gap_seconds IS 'Nineteen of twenty gaps are no longer';
COMMENT ON COLUMN source_rhythm.limit_seconds IS 'After so long without an object it is stalled';
COMMENT ON COLUMN source_rhythm.stalled_since IS 'Last arrival and limit; empty unless stalled';

CREATE TABLE source_column (
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    format VARCHAR NOT NULL CHECK (strlen(format) <= 64),
    column_name VARCHAR NOT NULL CHECK (strlen(column_name) <= 512),
    delivered_at TIMESTAMP NOT NULL,
    PRIMARY KEY (source, format, column_name)
);
COMMENT ON TABLE source_column IS 'Columns that objects of a source had and may do without';
COMMENT ON COLUMN source_column.delivered_at IS 'Instant of the oldest object that had it, UTC';

CREATE TABLE schema_drift (
    source VARCHAR NOT NULL CHECK (strlen(source) <= 128),
    format VARCHAR NOT NULL CHECK (strlen(format) <= 64),
    column_name VARCHAR NOT NULL CHECK (strlen(column_name) <= 512),
    kind VARCHAR NOT NULL CHECK (kind IN ('new', 'lost_optional', 'new_format')),
    object_id VARCHAR NOT NULL CHECK (strlen(object_id) <= 32),
    uri VARCHAR NOT NULL CHECK (strlen(uri) <= 2048),
    delivered_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    told_by VARCHAR CHECK (strlen(told_by) <= 256),
    PRIMARY KEY (source, format, column_name, kind)
);
COMMENT ON TABLE schema_drift IS 'Columns that came or went, once for each source, format and kind';
COMMENT ON COLUMN schema_drift.column_name IS 'The column; for a new format, the one before it';
COMMENT ON COLUMN schema_drift.object_id IS 'The first object that shows it';
COMMENT ON COLUMN schema_drift.run_id IS 'The run that took that object in';
COMMENT ON COLUMN schema_drift.told_by IS 'The run that reported it; empty until one has';
