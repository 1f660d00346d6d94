-- What a series is forecast to cost over the coming days together, in billing_currency.

CREATE TABLE cost_forecast_sum (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    forecaster VARCHAR NOT NULL CHECK (strlen(forecaster) <= 64),
    model_version VARCHAR NOT NULL CHECK (strlen(model_version) <= 64),
    origin_day DATE NOT NULL,
    days BIGINT NOT NULL CHECK (days > 0),
    forecast_cost DECIMAL(38, 24) NOT NULL,
    lower_50 DECIMAL(38, 24),
    upper_50 DECIMAL(38, 24),
    lower_80 DECIMAL(38, 24),
    upper_80 DECIMAL(38, 24),
    lower_95 DECIMAL(38, 24),
    upper_95 DECIMAL(38, 24),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id, forecaster, origin_day, days, as_of)
);
COMMENT ON TABLE cost_forecast_sum IS 'Forecast cost of 30 and 90 days, with intervals of the sum';
COMMENT ON COLUMN cost_forecast_sum.days IS 'How many days after origin_day are added up';
