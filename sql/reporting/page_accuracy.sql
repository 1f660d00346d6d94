-- How good past forecasts were when that was measured last, by level and days ahead.
SELECT
    measured_day,
    kind,
    billing_currency,
    forecaster,
    model_version,
    first_lead,
    last_lead,
    series_count,
    points,
    mase,
    wape,
    bias,
    coverage_50,
    coverage_80,
    coverage_95,
    drifted
FROM forecast_accuracy
WHERE measured_day = (SELECT MAX(newest.measured_day) FROM forecast_accuracy newest)
ORDER BY billing_currency, kind, forecaster, model_version, first_lead
