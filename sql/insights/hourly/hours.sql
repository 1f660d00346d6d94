-- The hours of the series of one kind: what is known cost, what is to come is forecast.
SELECT
    hourly_cost.series_id,
    hourly_cost.charge_hour,
    hourly_cost.effective_cost,
    hourly_cost.forecast_cost,
    hourly_cost.lower_50,
    hourly_cost.upper_50,
    hourly_cost.lower_80,
    hourly_cost.upper_80,
    hourly_cost.lower_95,
    hourly_cost.upper_95
FROM hourly_cost
INNER JOIN hourly_series ON hourly_cost.series_id = hourly_series.series_id
WHERE hourly_series.kind = :series_kind
ORDER BY hourly_cost.series_id, hourly_cost.charge_hour
