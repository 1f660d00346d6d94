-- The newest instant that the series in the warehouse stand for.
SELECT MAX(as_of) AS as_of
FROM cost_series
