-- What daily usage cost tells: series, what they are forecast to cost and how well that came true,
-- what was unusual and why. Costs are in billing_currency; as_of is the instant that a run knew
-- everything up to and nothing after, UTC.

CREATE TABLE cost_series (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    kind VARCHAR NOT NULL CHECK (strlen(kind) <= 32),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    provider_name VARCHAR CHECK (strlen(provider_name) <= 256),
    service_name VARCHAR CHECK (strlen(service_name) <= 512),
    sub_account_id VARCHAR CHECK (strlen(sub_account_id) <= 512),
    region_id VARCHAR CHECK (strlen(region_id) <= 256),
    tag_key VARCHAR CHECK (strlen(tag_key) <= 512),
    tag_value VARCHAR CHECK (strlen(tag_value) <= 2048),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    filling_days BIGINT NOT NULL CHECK (filling_days >= 0),
    remark VARCHAR CHECK (strlen(remark) <= 2000),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id)
);
COMMENT ON TABLE cost_series IS 'Daily usage cost that is forecast and watched, by what it is of';
COMMENT ON COLUMN cost_series.kind IS 'total, provider, service, sub_account, region, tag, ...';
COMMENT ON COLUMN cost_series.last_day IS 'The last day of which enough has arrived';
COMMENT ON COLUMN cost_series.filling_days IS 'Days still arriving, counted as they will likely be';
COMMENT ON COLUMN cost_series.remark IS 'What was left out, or why it has no forecast';

CREATE TABLE cost_forecast (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    forecaster VARCHAR NOT NULL CHECK (strlen(forecaster) <= 64),
    model_version VARCHAR NOT NULL CHECK (strlen(model_version) <= 64),
    origin_day DATE NOT NULL,
    grain VARCHAR NOT NULL CHECK (grain IN ('day', 'month')),
    charge_day DATE NOT NULL,
    forecast_cost DECIMAL(38, 24) NOT NULL,
    lower_50 DECIMAL(38, 24),
    upper_50 DECIMAL(38, 24),
    lower_80 DECIMAL(38, 24),
    upper_80 DECIMAL(38, 24),
    lower_95 DECIMAL(38, 24),
    upper_95 DECIMAL(38, 24),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id, forecaster, origin_day, grain, charge_day, as_of)
);
COMMENT ON TABLE cost_forecast IS 'What a series was forecast to cost, by the day it was made';
COMMENT ON COLUMN cost_forecast.origin_day IS 'The last day of the series that was known';
COMMENT ON COLUMN cost_forecast.grain IS 'day, or month: the whole month that charge_day begins';
COMMENT ON COLUMN cost_forecast.lower_95 IS 'NULL where the forecaster gives no such interval';

CREATE TABLE forecast_accuracy (
    measured_day DATE NOT NULL,
    kind VARCHAR NOT NULL CHECK (strlen(kind) <= 32),
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    forecaster VARCHAR NOT NULL CHECK (strlen(forecaster) <= 64),
    model_version VARCHAR NOT NULL CHECK (strlen(model_version) <= 64),
    first_lead BIGINT NOT NULL CHECK (first_lead >= 1),
    last_lead BIGINT NOT NULL CHECK (last_lead >= 1),
    series_count BIGINT NOT NULL CHECK (series_count > 0),
    points BIGINT NOT NULL CHECK (points > 0),
    mase DECIMAL(38, 24),
    wape DECIMAL(38, 24),
    bias DECIMAL(38, 24),
    coverage_50 DECIMAL(38, 24),
    coverage_80 DECIMAL(38, 24),
    coverage_95 DECIMAL(38, 24),
    drifted BIGINT NOT NULL CHECK (drifted IN (0, 1)),
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (
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

CREATE TABLE anomaly_event (
    event_id VARCHAR NOT NULL CHECK (strlen(event_id) <= 64),
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    part_of VARCHAR CHECK (strlen(part_of) <= 64),
    covered_by VARCHAR CHECK (strlen(covered_by) <= 64),
    kind VARCHAR NOT NULL CHECK (strlen(kind) <= 32),
    severity VARCHAR NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    material BIGINT NOT NULL CHECK (material IN (0, 1)),
    start_day DATE NOT NULL,
    end_day DATE NOT NULL,
    peak_day DATE NOT NULL,
    billing_currency VARCHAR NOT NULL CHECK (strlen(billing_currency) <= 32),
    expected_cost DECIMAL(38, 24) NOT NULL,
    actual_cost DECIMAL(38, 24) NOT NULL,
    excess_cost DECIMAL(38, 24) NOT NULL,
    detector VARCHAR NOT NULL CHECK (strlen(detector) <= 64),
    sensitivity VARCHAR NOT NULL CHECK (strlen(sensitivity) <= 64),
    first_found_at TIMESTAMP NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (event_id)
);
COMMENT ON TABLE anomaly_event IS 'Days of a series that cost more or less than they should have';
COMMENT ON COLUMN anomaly_event.part_of IS 'The event this one shows again in another series';
COMMENT ON COLUMN anomaly_event.covered_by IS 'The event that what a person said was said of';
COMMENT ON COLUMN anomaly_event.kind IS 'spike, burst, ramp, drop, level_shift or new_spend';
COMMENT ON COLUMN anomaly_event.material IS '1 when amount and percentage are worth an alert';
COMMENT ON COLUMN anomaly_event.excess_cost IS 'Actual less expected cost of its days';
COMMENT ON COLUMN anomaly_event.first_found_at IS 'as_of of the first run that found it';

CREATE TABLE anomaly_cause (
    event_id VARCHAR NOT NULL CHECK (strlen(event_id) <= 64),
    place BIGINT NOT NULL CHECK (place >= 1),
    dimension_values VARCHAR NOT NULL CHECK (strlen(dimension_values) <= 4000),
    share_of_excess DECIMAL(38, 24) NOT NULL,
    amount DECIMAL(38, 24) NOT NULL,
    expected_cost DECIMAL(38, 24),
    actual_cost DECIMAL(38, 24),
    is_new BIGINT NOT NULL CHECK (is_new IN (0, 1)),
    offsets BIGINT NOT NULL CHECK (offsets IN (0, 1)),
    PRIMARY KEY (event_id, place)
);
COMMENT ON TABLE anomaly_cause IS 'What explains an event, the largest part first';
COMMENT ON COLUMN anomaly_cause.dimension_values IS 'JSON object: what the lines have in common';
COMMENT ON COLUMN anomaly_cause.share_of_excess IS 'Of the excess without offsets; below 0 for one';
COMMENT ON COLUMN anomaly_cause.is_new IS '1 when nothing of it cost anything before the event';
COMMENT ON COLUMN anomaly_cause.offsets IS '1 when it moved against the event';

CREATE TABLE anomaly_feedback (
    event_id VARCHAR NOT NULL CHECK (strlen(event_id) <= 64),
    verdict VARCHAR NOT NULL CHECK (verdict IN ('expected', 'false')),
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    start_day DATE NOT NULL,
    end_day DATE NOT NULL,
    why VARCHAR CHECK (strlen(why) <= 2000),
    said_by VARCHAR CHECK (strlen(said_by) <= 256),
    said_at TIMESTAMP NOT NULL,
    PRIMARY KEY (event_id)
);
COMMENT ON TABLE anomaly_feedback IS 'What a person said of an event; later runs honour it';
COMMENT ON COLUMN anomaly_feedback.verdict IS 'expected: planned; false: nothing was unusual';
COMMENT ON COLUMN anomaly_feedback.start_day IS 'The event as it was when it was marked';

CREATE TABLE cost_trend (
    series_id VARCHAR NOT NULL CHECK (strlen(series_id) <= 32),
    measured_day DATE NOT NULL,
    measure VARCHAR NOT NULL CHECK (strlen(measure) <= 64),
    amount DECIMAL(38, 24) NOT NULL,
    as_of TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL CHECK (strlen(run_id) <= 256),
    PRIMARY KEY (series_id, measured_day, measure)
);
COMMENT ON TABLE cost_trend IS 'How a series moves: growth, volatility, weekday pattern, ...';
COMMENT ON COLUMN cost_trend.measured_day IS 'The last day of the series that was known';
