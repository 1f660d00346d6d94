-- The status of budgets on a day that a run tells again.
DELETE FROM budget_status
WHERE as_of_day = :as_of_day
