-- The newest instant that the hours in the warehouse stand for.
SELECT MAX(as_of) AS as_of
FROM hourly_series
