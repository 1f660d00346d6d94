-- What was measured in the quarter before a day.
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
    coverage_95
FROM forecast_accuracy
WHERE measured_day < :measured_day AND measured_day >= :first_day
ORDER BY measured_day, kind, billing_currency, forecaster, model_version, first_lead
