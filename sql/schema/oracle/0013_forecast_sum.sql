-- What a series is forecast to cost over the coming days together, in billing_currency.

CREATE TABLE IF NOT EXISTS cost_forecast_sum (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    forecaster VARCHAR2(64 BYTE) NOT NULL,
    model_version VARCHAR2(64 BYTE) NOT NULL,
    origin_day DATE NOT NULL,
    days NUMBER(18) NOT NULL CHECK (days > 0),
    forecast_cost NUMBER(38, 24) NOT NULL,
    lower_50 NUMBER(38, 24),
    upper_50 NUMBER(38, 24),
    lower_80 NUMBER(38, 24),
    upper_80 NUMBER(38, 24),
    lower_95 NUMBER(38, 24),
    upper_95 NUMBER(38, 24),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT cost_forecast_sum_pk PRIMARY KEY (
        series_id, forecaster, origin_day, days, as_of
    )
);
COMMENT ON TABLE cost_forecast_sum IS 'Forecast cost of 30 and 90 days, with intervals of the sum';
COMMENT ON COLUMN cost_forecast_sum.days IS 'How many days after origin_day are added up';
