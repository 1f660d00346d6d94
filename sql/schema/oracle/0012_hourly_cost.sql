-- Usage cost by the hour where lines say which hour they are of: the last known hours, and those
-- to come as forecast. Costs are in billing_currency; as_of is the instant that the run knew
-- everything up to and nothing after, UTC. A run replaces all of it.

CREATE TABLE IF NOT EXISTS hourly_series (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    kind VARCHAR2(32 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    provider_name VARCHAR2(256 BYTE),
    service_name VARCHAR2(512 BYTE),
    hourly_share NUMBER(38, 24) NOT NULL,
    first_hour TIMESTAMP(6),
    last_hour TIMESTAMP(6),
    seasons VARCHAR2(16 BYTE),
    remark VARCHAR2(2000 BYTE),
    model_version VARCHAR2(64 BYTE) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT hourly_series_pk PRIMARY KEY (series_id)
);
COMMENT ON TABLE hourly_series IS 'Usage cost by the hour, by what it is of, or why there is none';
COMMENT ON COLUMN hourly_series.kind IS 'total or service';
COMMENT ON COLUMN hourly_series.hourly_share IS 'Of its usage cost, the part that has hours';
COMMENT ON COLUMN hourly_series.last_hour IS 'The last hour of a day of which enough has arrived';
COMMENT ON COLUMN hourly_series.seasons IS 'daily or weekly; NULL without a forecast';
COMMENT ON COLUMN hourly_series.remark IS 'What was left out, or why it has no forecast';

CREATE TABLE IF NOT EXISTS hourly_cost (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    charge_hour TIMESTAMP(6) NOT NULL,
    effective_cost NUMBER(38, 24),
    forecast_cost NUMBER(38, 24),
    lower_50 NUMBER(38, 24),
    upper_50 NUMBER(38, 24),
    lower_80 NUMBER(38, 24),
    upper_80 NUMBER(38, 24),
    lower_95 NUMBER(38, 24),
    upper_95 NUMBER(38, 24),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT hourly_cost_pk PRIMARY KEY (series_id, charge_hour)
);
COMMENT ON TABLE hourly_cost IS 'Hours of a series: the known ones of two weeks, and those to come';
COMMENT ON COLUMN hourly_cost.charge_hour IS 'Its first instant, UTC';
COMMENT ON COLUMN hourly_cost.effective_cost IS 'NULL for an hour that is forecast';
COMMENT ON COLUMN hourly_cost.forecast_cost IS 'NULL for a known hour';
