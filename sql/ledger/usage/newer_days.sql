-- The days of a query that a run of a later instant than :as_of has asked about.
SELECT charge_day
FROM usage_collected
WHERE
    source = :source_name
    AND query = :query_name
    AND charge_day >= :first_day
    AND charge_day < :end_day
    AND as_of > :as_of
