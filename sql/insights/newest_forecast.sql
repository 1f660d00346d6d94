-- The newest instant that a forecast in the warehouse stands for.
SELECT MAX(as_of) AS as_of
FROM cost_forecast
