-- What daily usage cost tells: series, what they are forecast to cost and how well that came true,
-- what was unusual and why. Costs are in billing_currency; as_of is the instant that a run knew
-- everything up to and nothing after, UTC.

CREATE TABLE IF NOT EXISTS cost_series (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    kind VARCHAR2(32 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    provider_name VARCHAR2(256 BYTE),
    service_name VARCHAR2(512 BYTE),
    sub_account_id VARCHAR2(512 BYTE),
    region_id VARCHAR2(256 BYTE),
    tag_key VARCHAR2(512 BYTE),
    tag_value VARCHAR2(2048 BYTE),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    filling_days NUMBER(18) NOT NULL CHECK (filling_days >= 0),
    remark VARCHAR2(2000 BYTE),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT cost_series_pk PRIMARY KEY (series_id)
);
COMMENT ON TABLE cost_series IS 'Daily usage cost that is forecast and watched, by what it is of';
COMMENT ON COLUMN cost_series.kind IS 'total, provider, service, sub_account, region, tag, ...';
COMMENT ON COLUMN cost_series.last_day IS 'The last day of which enough has arrived';
COMMENT ON COLUMN cost_series.filling_days IS 'Days still arriving, counted as they will likely be';
COMMENT ON COLUMN cost_series.remark IS 'What was left out, or why it has no forecast';

CREATE TABLE IF NOT EXISTS cost_forecast (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    forecaster VARCHAR2(64 BYTE) NOT NULL,
    model_version VARCHAR2(64 BYTE) NOT NULL,
    origin_day DATE NOT NULL,
    grain VARCHAR2(32 BYTE) NOT NULL CHECK (grain IN ('day', 'month')),
    charge_day DATE NOT NULL,
    forecast_cost NUMBER(38, 24) NOT NULL,
    lower_50 NUMBER(38, 24),
    upper_50 NUMBER(38, 24),
    lower_80 NUMBER(38, 24),
    upper_80 NUMBER(38, 24),
    lower_95 NUMBER(38, 24),
    upper_95 NUMBER(38, 24),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT cost_forecast_pk PRIMARY KEY (
        series_id, forecaster, origin_day, grain, charge_day, as_of
    )
);
COMMENT ON TABLE cost_forecast IS 'What a series was forecast to cost, by the day it was made';
COMMENT ON COLUMN cost_forecast.origin_day IS 'The last day of the series that was known';
COMMENT ON COLUMN cost_forecast.grain IS 'day, or month: the whole month that charge_day begins';
COMMENT ON COLUMN cost_forecast.lower_95 IS 'NULL where the forecaster gives no such interval';

CREATE TABLE IF NOT EXISTS forecast_accuracy (
    measured_day DATE NOT NULL,
    kind VARCHAR2(32 BYTE) NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    forecaster VARCHAR2(64 BYTE) NOT NULL,
    model_version VARCHAR2(64 BYTE) NOT NULL,
    first_lead NUMBER(18) NOT NULL CHECK (first_lead >= 1),
    last_lead NUMBER(18) NOT NULL CHECK (last_lead >= 1),
    series_count NUMBER(18) NOT NULL CHECK (series_count > 0),
    points NUMBER(18) NOT NULL CHECK (points > 0),
    mase NUMBER(38, 24),
    wape NUMBER(38, 24),
    bias NUMBER(38, 24),
    coverage_50 NUMBER(38, 24),
    coverage_80 NUMBER(38, 24),
    coverage_95 NUMBER(38, 24),
    drifted NUMBER(18) NOT NULL CHECK (drifted IN (0, 1)),
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT forecast_accuracy_pk PRIMARY KEY (
        measured_day, kind, billing_currency, forecaster, model_version, first_lead
    )
);
COMMENT ON TABLE forecast_accuracy IS 'Past daily forecasts against what came true, by level';
COMMENT ON COLUMN forecast_accuracy.measured_day IS 'The last of the 28 charge days looked at';
COMMENT ON COLUMN forecast_accuracy.first_lead IS 'Days from origin to charge day, the fewest';
COMMENT ON COLUMN forecast_accuracy.mase IS 'Mean absolute error over the seasonal naive one''s';
COMMENT ON COLUMN forecast_accuracy.wape IS 'Sum of absolute errors over sum of absolute cost';
COMMENT ON COLUMN forecast_accuracy.bias IS 'Sum of forecast less cost over sum of absolute cost';
COMMENT ON COLUMN forecast_accuracy.coverage_95 IS 'Share of days inside the 95 % interval';
COMMENT ON COLUMN forecast_accuracy.drifted IS '1 when forecasts are worse than they used to be';

CREATE TABLE IF NOT EXISTS anomaly_event (
    event_id VARCHAR2(64 BYTE) NOT NULL,
    series_id VARCHAR2(32 BYTE) NOT NULL,
    part_of VARCHAR2(64 BYTE),
    covered_by VARCHAR2(64 BYTE),
    kind VARCHAR2(32 BYTE) NOT NULL,
    severity VARCHAR2(32 BYTE) NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    material NUMBER(18) NOT NULL CHECK (material IN (0, 1)),
    start_day DATE NOT NULL,
    end_day DATE NOT NULL,
    peak_day DATE NOT NULL,
    billing_currency VARCHAR2(32 BYTE) NOT NULL,
    expected_cost NUMBER(38, 24) NOT NULL,
    actual_cost NUMBER(38, 24) NOT NULL,
    excess_cost NUMBER(38, 24) NOT NULL,
    detector VARCHAR2(64 BYTE) NOT NULL,
    sensitivity VARCHAR2(64 BYTE) NOT NULL,
    first_found_at TIMESTAMP(6) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT anomaly_event_pk PRIMARY KEY (event_id)
);
COMMENT ON TABLE anomaly_event IS 'Days of a series that cost more or less than they should have';
COMMENT ON COLUMN anomaly_event.part_of IS 'The event this one shows again in another series';
COMMENT ON COLUMN anomaly_event.covered_by IS 'The event that what a person said was said of';
COMMENT ON COLUMN anomaly_event.kind IS 'spike, burst, ramp, drop, level_shift or new_spend';
COMMENT ON COLUMN anomaly_event.material IS '1 when amount and percentage are worth an alert';
COMMENT ON COLUMN anomaly_event.excess_cost IS 'Actual less expected cost of its days';
COMMENT ON COLUMN anomaly_event.first_found_at IS 'as_of of the first run that found it';

CREATE TABLE IF NOT EXISTS anomaly_cause (
    event_id VARCHAR2(64 BYTE) NOT NULL,
    place NUMBER(18) NOT NULL CHECK (place >= 1),
    dimension_values VARCHAR2(4000 BYTE) NOT NULL,
    share_of_excess NUMBER(38, 24) NOT NULL,
    amount NUMBER(38, 24) NOT NULL,
    expected_cost NUMBER(38, 24),
    actual_cost NUMBER(38, 24),
    is_new NUMBER(18) NOT NULL CHECK (is_new IN (0, 1)),
    offsets NUMBER(18) NOT NULL CHECK (offsets IN (0, 1)),
    CONSTRAINT anomaly_cause_pk PRIMARY KEY (event_id, place)
);
COMMENT ON TABLE anomaly_cause IS 'What explains an event, the largest part first';
COMMENT ON COLUMN anomaly_cause.dimension_values IS 'JSON object: what the lines have in common';
COMMENT ON COLUMN anomaly_cause.share_of_excess IS 'Of the excess without offsets; below 0 for one';
COMMENT ON COLUMN anomaly_cause.is_new IS '1 when nothing of it cost anything before the event';
COMMENT ON COLUMN anomaly_cause.offsets IS '1 when it moved against the event';

CREATE TABLE IF NOT EXISTS anomaly_feedback (
    event_id VARCHAR2(64 BYTE) NOT NULL,
    verdict VARCHAR2(32 BYTE) NOT NULL CHECK (verdict IN ('expected', 'false')),
    series_id VARCHAR2(32 BYTE) NOT NULL,
    start_day DATE NOT NULL,
    end_day DATE NOT NULL,
    why VARCHAR2(2000 BYTE),
    said_by VARCHAR2(256 BYTE),
    said_at TIMESTAMP(6) NOT NULL,
    CONSTRAINT anomaly_feedback_pk PRIMARY KEY (event_id)
);
COMMENT ON TABLE anomaly_feedback IS 'What a person said of an event; later runs honour it';
COMMENT ON COLUMN anomaly_feedback.verdict IS 'expected: planned; false: nothing was unusual';
COMMENT ON COLUMN anomaly_feedback.start_day IS 'The event as it was when it was marked';

CREATE TABLE IF NOT EXISTS cost_trend (
    series_id VARCHAR2(32 BYTE) NOT NULL,
    measured_day DATE NOT NULL,
    measure VARCHAR2(64 BYTE) NOT NULL,
    amount NUMBER(38, 24) NOT NULL,
    as_of TIMESTAMP(6) NOT NULL,
    run_id VARCHAR2(256 BYTE) NOT NULL,
    CONSTRAINT cost_trend_pk PRIMARY KEY (series_id, measured_day, measure)
);
COMMENT ON TABLE cost_trend IS 'How a series moves: growth, volatility, weekday pattern, ...';
COMMENT ON COLUMN cost_trend.measured_day IS 'The last day of the series that was known';
