-- What a query answered, but for the days that a run of a later instant has asked about.
DELETE FROM usage_api_cost
WHERE
    source = :source_name
    AND query = :query_name
    AND charge_day >= :first_day
    AND charge_day < :end_day
    AND as_of <= :as_of
