-- The units that each series is planned to run in the hour :plan_hour.
SELECT
    plan.series,
    plan.plan_hour,
    plan.desired_units,
    plan.units_needed,
    plan.forecast_load,
    plan.upper_load,
    plan.utilisation,
    plan.band,
    plan.as_of
FROM capacity_plan plan
WHERE
    plan.plan_hour = :plan_hour
    AND plan.series = :series_name
