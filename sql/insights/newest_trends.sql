-- The newest instant that the trends in the warehouse stand for.
SELECT MAX(as_of) AS as_of
FROM cost_trend
