-- What capacity_metric holds of a series, before it is replaced.
DELETE FROM capacity_metric
WHERE series = :series_name
