-- What capacity_plan holds of a series, before it is replaced.
DELETE FROM capacity_plan
WHERE series = :series_name
