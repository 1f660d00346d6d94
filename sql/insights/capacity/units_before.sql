-- What the plan that stands told of a series: the units it began with, and those it asked for.
SELECT
    as_of,
    current_units,
    desired_units
FROM capacity_metric
WHERE series = :series_name
