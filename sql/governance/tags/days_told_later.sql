-- The charge days in [:first_day, :end_day) whose coverage stands for a later instant than :as_of.
SELECT DISTINCT charge_day
FROM tag_coverage
WHERE
    charge_day >= :first_day
    AND charge_day < :end_day
    AND as_of > :as_of
ORDER BY charge_day
