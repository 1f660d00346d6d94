-- What load_series holds of a series, before it is replaced.
DELETE FROM load_series
WHERE series = :series_name
