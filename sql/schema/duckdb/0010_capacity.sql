-- Loads by the hour (tokens, requests), the units planned for them, and for each series the one
-- row that an autoscaler reads. A series is replaced as a whole.

CREATE TABLE load_series (
    series VARCHAR NOT NULL CHECK (strlen(series) <= 128),
    load_hour TIMESTAMP NOT NULL,
    load_count DECIMAL(38, 24) NOT NULL CHECK (load_count >= 0),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series, load_hour)
);
COMMENT ON TABLE load_series IS 'A load by the hour; hours that are not known have no row';
COMMENT ON COLUMN load_series.load_hour IS 'Its first instant, UTC';
COMMENT ON COLUMN load_series.as_of IS 'Instant that the run stands for, UTC';

CREATE TABLE capacity_plan (
    series VARCHAR NOT NULL CHECK (strlen(series) <= 128),
    plan_hour TIMESTAMP NOT NULL,
    forecast_load DECIMAL(38, 24) NOT NULL CHECK (forecast_load >= 0),
    upper_load DECIMAL(38, 24) NOT NULL CHECK (upper_load >= 0),
    units_needed BIGINT NOT NULL CHECK (units_needed >= 0),
    desired_units BIGINT NOT NULL CHECK (desired_units >= 0),
    utilisation DECIMAL(38, 24),
    band VARCHAR NOT NULL CHECK (strlen(band) <= 16),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series, plan_hour)
);
COMMENT ON TABLE capacity_plan IS 'The units for each coming hour of a load';
COMMENT ON COLUMN capacity_plan.upper_load IS 'The load that is exceeded in few hours only';
COMMENT ON COLUMN capacity_plan.units_needed IS 'At the target utilisation, bounds apart';
COMMENT ON COLUMN capacity_plan.utilisation IS 'forecast_load on desired_units, 1 is full';
COMMENT ON COLUMN capacity_plan.band IS 'idle, normal, high or critical';

CREATE TABLE capacity_metric (
    series VARCHAR NOT NULL PRIMARY KEY CHECK (strlen(series) <= 128),
    desired_units BIGINT NOT NULL CHECK (desired_units >= 0),
    current_units BIGINT NOT NULL CHECK (current_units >= 0),
    min_units BIGINT NOT NULL CHECK (min_units >= 0),
    max_units BIGINT,
    capacity_per_unit DECIMAL(38, 24) NOT NULL CHECK (capacity_per_unit >= 0),
    utilisation DECIMAL(38, 24),
    band VARCHAR NOT NULL CHECK (strlen(band) <= 16),
    headroom DECIMAL(38, 24),
    short_from TIMESTAMP,
    growth VARCHAR CHECK (strlen(growth) <= 16),
    limit_load DECIMAL(38, 24),
    limit_day DATE,
    limit_earliest DATE,
    limit_latest DATE,
    outlook VARCHAR CHECK (strlen(outlook) <= 256),
    reason VARCHAR CHECK (strlen(reason) <= 512),
    problems VARCHAR CHECK (strlen(problems) <= 4000),
    model_version VARCHAR NOT NULL CHECK (strlen(model_version) <= 64),
    valid_until TIMESTAMP NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    CONSTRAINT capacity_metric_min CHECK (desired_units >= min_units),
    CONSTRAINT capacity_metric_max CHECK (desired_units <= max_units)
);
COMMENT ON TABLE capacity_metric IS 'What an autoscaler reads: the units to run now, and why';
COMMENT ON COLUMN capacity_metric.current_units IS 'What ran when it was planned';
COMMENT ON COLUMN capacity_metric.utilisation IS 'Of the last known hour on current_units';
COMMENT ON COLUMN capacity_metric.headroom IS 'Part of the capacity free in the busiest hour';
COMMENT ON COLUMN capacity_metric.short_from IS 'First hour that the bounds do not suffice for';
COMMENT ON COLUMN capacity_metric.limit_day IS 'When limit_load is reached; NULL: not foreseen';
COMMENT ON COLUMN capacity_metric.reason IS 'Why nothing could be planned; NULL when it could';
COMMENT ON COLUMN capacity_metric.valid_until IS 'From then on capacity_plan tells the hour, UTC';
