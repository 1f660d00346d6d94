-- Usage cost by the hour where lines say which hour they are of: the last known hours, and those
-- to come as forecast. Costs are in billing_currency; as_of is the instant that the run knew
-- everything up to and nothing after, UTC. A run replaces all of it.

CREATE TABLE hourly_series (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    kind VARCHAR NOT NULL CHECK (strlen(kind) <= 32),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    provider_name VARCHAR CHECK (strlen(provider_name) <= 256),
    service_name VARCHAR CHECK (strlen(service_name) <= 512),
    hourly_share DECIMAL(38, 24) NOT NULL,
    first_hour TIMESTAMP,
    last_hour TIMESTAMP,
    seasons VARCHAR CHECK (strlen(seasons) <= 16),
    remark VARCHAR CHECK (strlen(remark) <= 2000),
    model_version VARCHAR NOT NULL CHECK (strlen(model_version) <= 64),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id)
);
COMMENT ON TABLE hourly_series IS 'Usage cost by the hour, by what it is of, or why there is none';
COMMENT ON COLUMN hourly_series.kind IS 'total or service';
COMMENT ON COLUMN hourly_series.hourly_share IS 'Of its usage cost, the part that has hours';
COMMENT ON COLUMN hourly_series.last_hour IS 'The last hour of a day of which enough has arrived';
COMMENT ON COLUMN hourly_series.seasons IS 'daily or weekly; NULL without a forecast';
COMMENT ON COLUMN hourly_series.remark IS 'What was left out, or why it has no forecast';

CREATE TABLE hourly_cost (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    charge_hour TIMESTAMP NOT NULL,
    effective_cost DECIMAL(38, 24),
    forecast_cost DECIMAL(38, 24),
    lower_50 DECIMAL(38, 24),
    upper_50 DECIMAL(38, 24),
    lower_80 DECIMAL(38, 24),
    upper_80 DECIMAL(38, 24),
    lower_95 DECIMAL(38, 24),
    upper_95 DECIMAL(38, 24),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id, charge_hour)
);
COMMENT ON TABLE hourly_cost IS 'Hours of a series: the known ones of two weeks, and those to come';
COMMENT ON COLUMN hourly_cost.charge_hour IS 'Its first instant, UTC';
COMMENT ON COLUMN hourly_cost.effective_cost IS 'NULL for an hour that is forecast';
COMMENT ON COLUMN hourly_cost.forecast_cost IS 'NULL for a known hour';
