-- The latest instant that the status of a day was told for.
SELECT MAX(as_of) AS as_of
FROM budget_status
WHERE as_of_day = :as_of_day
