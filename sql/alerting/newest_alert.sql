-- The latest instant that alerts were looked at for.
SELECT MAX(as_of) AS as_of
FROM alert
